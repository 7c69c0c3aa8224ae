//! What `compare` says in Chinese, and that it says nothing in English then.

use std::fs;

use tests::harness::Trial;
use tests::trials;

use crate::tool::{NO_PROGRAMS, compare, errors, finish, fixture, folder, text};

pub fn trials() -> Vec<Trial> {
    trials![
        the_language_is_that_of_the_option_or_of_the_environment,
        a_chapter_with_its_exercises_and_their_pages,
        a_wrong_program,
        any_two_programs,
        what_is_called_wrong,
    ]
}

fn the_language_is_that_of_the_option_or_of_the_environment() {
    let (english, chinese) = ("Two programs side by side", "两个程序并排运行");
    for (arguments, locale, said) in [
        (&[][..], "zh_CN.UTF-8", chinese),
        (&[], "en_US.UTF-8", english),
        (&["--lang", "zh"], "C", chinese),
        (&["--lang=en"], "zh_CN.UTF-8", english),
        (&["--lang", "zh", "--help"], "C", chinese),
    ] {
        let output = finish(compare(arguments).env("LC_ALL", locale));
        assert!(text(&output).starts_with(said), "{}", text(&output));
    }
}

fn a_chapter_with_its_exercises_and_their_pages() {
    let folder = folder();
    let pages = folder.path().join("pages");
    let page = pages.display().to_string();
    let output = finish(&mut compare(&[
        "ipc-pipe", "all", "--lang", "zh", "--page", &page,
    ]));
    let text = text(&output);
    assert_eq!(output.status.code(), Some(0), "{text}{}", errors(&output));
    for sentence in [
        "ipc-pipe：父进程和子进程之间的双向管道",
        "notes.py 和 ipc-pipe 的执行过程一致。",
        "closed-early.py 和 closed-early 有差别，与教程所说的一样：",
        "各打印什么、为什么，见 ipc-pipe/README.zh-CN.md 的“both-wait”一节。",
        "\nipc-pipe            执行过程一致\n  both-wait         执行过程一致\n  closed-early      有差别，",
    ] {
        assert!(text.contains(sentence), "{sentence}\n{text}");
    }
    assert_no_english(&text);

    let read = |name: &str| fs::read_to_string(pages.join(name)).expect("there is a page");
    let index = read("index.html");
    for (name, role) in [
        ("ipc-pipe.html", "父进程</b>"),
        ("ipc-pipe-both-wait.html", "主程序</b>"),
        ("ipc-pipe-closed-early.html", "主程序</b>"),
    ] {
        assert!(index.contains(&format!("href=\"{name}\"")), "{index}");
        let page = read(name);
        assert!(page.contains("<html lang=\"zh-CN\">"), "{page}");
        assert!(page.contains("由谁打印") && page.contains(role), "{page}");
        assert!(page.contains("<ol class=\"source\" lang=\"\">"), "{page}");
    }
}

fn a_wrong_program() {
    let file = fixture("wrong/never_ends.sh");
    let arguments = [
        "threading-basic",
        "--lang",
        "zh",
        "--timeout",
        "8",
        "--",
        "/bin/sh",
        &file,
    ];
    let output = finish(compare(&arguments).env("PATH", NO_PROGRAMS));
    let text = text(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("执行过程不一致：你的程序"), "{text}");
    assert_no_english(&text);
}

fn any_two_programs() {
    let one = "echo $$; /bin/sh -c 'echo a $$'; /bin/sh -c 'echo b'; echo end";
    let other = "echo $$; /bin/sh -c 'echo b'; /bin/sh -c 'echo a $PPID'; echo end";
    let alone = "echo $$; echo b; echo a $$; echo end";
    for (other, said) in [
        (one, "  两边打印了相同的 4 行，顺序相同，结束方式也相同。"),
        (other, "例如在第一个程序里，`a {PID}` 先于 `b`。"),
        (
            alone,
            "  1. 第二个程序的行来自 1 个进程，第一个程序的行来自 3 个进程。",
        ),
    ] {
        let programs = ["--", "/bin/sh", "-c", one, "--", "/bin/sh", "-c", other];
        let output = finish(&mut compare(&[&["--lang", "zh"], &programs[..]].concat()));
        let text = text(&output);
        assert!(text.contains(said), "{said}\n{text}");
        assert!(text.contains("\n  进程 2 "), "{text}");
        assert_no_english(&text);
    }
}

fn what_is_called_wrong() {
    for (arguments, said) in [
        (
            &["proces-pool"][..],
            "无法比较：没有 `proces-pool` 这一章；有 process-basic、process-pool、",
        ),
        (
            &["killed-worker"],
            "`killed-worker` 是 process-pool 的练习：`cargo compare process-pool killed-worker`。",
        ),
        (
            &["process-pool", "no"],
            "无法比较：process-pool 没有练习 `no`；有 ",
        ),
        (
            &["process-pool", "my_pool.py"],
            "你自己的程序要写在 `--` 后面：`cargo compare process-pool -- python3 my_pool.py`。",
        ),
        (
            &["process-pool", "--", "my_pool.py"],
            "它要由 Python 运行：`-- python3 my_pool.py`。",
        ),
        (&["--", "true"], "无法比较：请写出一章，或者给出两个程序"),
    ] {
        let output = finish(
            compare(arguments)
                .env("LANG", "zh_CN.UTF-8")
                .env("LC_MESSAGES", "")
                .env("LC_ALL", ""),
        );
        assert_eq!(output.status.code(), Some(2));
        assert!(errors(&output).contains(said), "{}", errors(&output));
    }
}

/// Of what compare says, not the programs: three words of small letters in a row.
#[track_caller]
fn assert_no_english(text: &str) {
    let said = text.lines().filter(|line| !line.contains('│'));
    let said = said.collect::<Vec<_>>().join(" ");
    let outside_code: String = said.split('`').step_by(2).collect();
    let words: Vec<&str> = outside_code.split_whitespace().collect();
    let is_english = |word: &&str| word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase());
    let english = words.windows(3).find(|words| words.iter().all(is_english));
    assert_eq!(english, None, "{text}");
}
