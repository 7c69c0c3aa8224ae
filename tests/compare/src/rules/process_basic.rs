//! A process is started and waited for: every line has its place.

use super::check::Check;
use super::story::{Expected, Story, says};
use super::{Mark, NO_JOIN, Rules, Symptom, Values, waited, why_no_child};
use crate::language::Text;

pub static RULES: Rules = Rules {
    lines: LINES,
    values: &[Values("Run child process ", &["test"], " (")],
    of_threads: false,
    check,
    checked,
    cause,
    mark: |line| line.starts_with("Run child").then_some(Mark::At('●')),
    legend: Text::new("● the child runs, • another line", "● 子进程运行，• 其他行"),
};

const LINES: &[Expected] = &[
    says("parent", PARENT),
    says("parent", WILL_START),
    says("child", RUN),
    says("parent", END),
];

const PARENT: &str = "Parent process {pid}.";
const WILL_START: &str = "Child process will start.";
const RUN: &str = "Run child process test ({pid})...";
const END: &str = "Child process end.";

fn check(check: &mut Check) {
    let swapped = Text::new(
        "Are the parent's prints in another order?",
        "父进程的几个 print 是不是换了顺序？",
    );
    check.in_order(&[PARENT, WILL_START, END], swapped);
    if !check.explained {
        let started = Text::new(
            "Was p.start() called before the line was printed?",
            "是不是还没打印这一行就调用了 p.start()？",
        );
        check.in_order(&[WILL_START, RUN], started);
    }
    check.after_end(RUN, END, NO_JOIN);
}

fn checked(story: &Story) -> Text {
    Text::new("Each is in its place.", "每一行都在该在的位置。").then(&waited(story, RUN, END))
}

const CALLED_DIRECTLY: Text = Text::new(
    "Was run_proc called directly: by p.run() in place of p.start(), or by \
     target=run_proc(\"test\") in place of target=run_proc, args=(\"test\",)? Or are the branches \
     after os.fork(), which returns 0 in the child, the wrong way round?",
    "是不是直接调用了 run_proc：把 p.start() 写成了 p.run()，或者把 \
     target=run_proc, args=(\"test\",) 写成了 target=run_proc(\"test\")？还是 os.fork() \
     之后的两个分支写反了（它在子进程里返回 0）？",
);

fn cause(story: &Story, symptom: Symptom) -> Option<Text> {
    Some(match symptom {
        Symptom::Missing(RUN) => why_no_child(story, END),
        Symptom::AnotherValue(_) => Text::new(
            "The chapter starts one child, \"test\": is there one more, or another one?",
            "这一章只启动一个子进程，名字是 \"test\"：是不是多了一个，或者换了名字？",
        ),
        Symptom::WrittenByAnother => CALLED_DIRECTLY,
        Symptom::Endless if story.find(END).is_none() && story.children().next().is_some() => {
            Text::new(
                "The parent waits for a child that does not end: does the child wait for a lock, or \
             for a message?",
                "父进程阻塞在 join，而子进程一直不结束：子进程是不是在等锁，或者在等消息？",
            )
        }
        _ => return None,
    })
}
