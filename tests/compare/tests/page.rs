//! The pages: what they hold, and that a browser shows them without a fault.

mod tool;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use compare::Chapter;

use tool::{compare, errors, finish, fixture, folder, python, text};

const LARGEST: usize = 200_000;

/// Browsers that know `--headless` and `--dump-dom`.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

#[test]
fn a_chapter_has_two_screens() {
    let Some(python) = python() else { return };
    let file = folder("page-chapter").join("basic.html");
    let notes = Chapter::ProcessBasic.notes().display().to_string();
    let page = file.display().to_string();
    // With the notes on both sides, nothing needs to be built.
    let output = finish(&mut compare(&[
        "process-basic",
        "--page",
        &page,
        "--",
        &python,
        &notes,
    ]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains(&format!("The page: {page}")));

    let html = read(&file);
    for part in [
        "id=\"code\"",
        "id=\"run\"",
        "<svg>",
        "tell the same story.",
        "parent",
        "child",
    ] {
        assert!(html.contains(part), "{part}\n{html}");
    }
    for side in [0, 1] {
        let printed = link(
            &html,
            &format!("<li class=\"c0\" id=\"o{side}-"),
            "Child process end.",
        );
        let source = "    print(&quot;Child process end.&quot;)";
        let source = link(&html, &format!("<li class=\"c0\" id=\"s{side}-"), source);
        assert_eq!(printed, source);
    }
    let Some(shown) = in_browser(&file, "#s1-5") else {
        return;
    };
    let lit = shown.matches(" lit\"").count();
    assert_eq!(lit, 2, "the line of the child and what it printed: {shown}");
}

#[test]
fn what_is_printed_is_no_markup() {
    let file = folder("page-markup").join("new folder").join("markup.html");
    let html = page_of("twins/markup.sh", &file);
    assert_eq!(html.matches("<script").count(), 1, "{html}");
    assert_eq!(html.matches("</style").count(), 1, "{html}");
    assert!(!html.contains("<img") && !html.contains("<i>"), "{html}");
    for shown in [
        "<span>&lt;i&gt;a line whose print is not found&lt;/i&gt;</span>",
        "&lt;script&gt;document.title = 'broken'&lt;/script&gt; of ",
        "&lt;img src=x onerror=alert(1)&gt;",
        "# Lines that a page must show as they are: &lt;b&gt;, &amp;amp; and &lt;/style&gt;.",
    ] {
        assert!(html.contains(shown), "{shown}\n{html}");
    }
    let Some(shown) = in_browser(&file, "") else {
        return;
    };
    assert!(shown.contains("<title>Two programs</title>"), "{shown}");
}

#[test]
fn much_output_is_cut() {
    let file = folder("page-much").join("much.html");
    let html = page_of("twins/much.sh", &file);
    assert!(html.contains("200 more, not shown"), "{html}");
    assert!(html.contains("100 &lt;long&gt;") && !html.contains("101 &lt;long&gt;"));
}

#[test]
fn a_page_that_cannot_be_written() {
    let output = finish(&mut compare(&[
        "--page",
        "/proc/no.html",
        "--",
        "true",
        "--",
        "true",
    ]));
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output), "", "nothing was run");
    let errors = errors(&output);
    assert!(
        errors.contains("/proc/no.html cannot be written"),
        "{errors}"
    );
}

#[test]
fn the_pages_of_all_chapters_need_a_folder() {
    let file = folder("page-all").join("pool.html");
    fs::write(&file, "").expect("it can be written");
    let output = finish(&mut compare(&[
        "all",
        "--page",
        &file.display().to_string(),
    ]));
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output), "", "nothing was run");
    let errors = errors(&output);
    assert!(
        errors.contains("with `all`, --page takes a folder"),
        "{errors}"
    );
}

/// The page of this program beside itself.
fn page_of(program: &str, file: &Path) -> String {
    let (program, page) = (fixture(program), file.display().to_string());
    let programs = ["--", "/bin/sh", &program, "--", "/bin/sh", &program];
    let output = finish(&mut compare(&[&["--page", &page][..], &programs].concat()));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    read(file)
}

fn read(file: &Path) -> String {
    let html = fs::read_to_string(file).expect("there is a page");
    assert!(html.len() <= LARGEST, "{} bytes", html.len());
    for loads in ["http://", "https://", "src=\"", "@import", "url("] {
        assert!(!html.contains(loads), "{loads}");
    }
    html
}

/// With what the line is linked that begins and ends with this.
fn link<'h>(html: &'h str, begin: &str, end: &str) -> &'h str {
    let mut lines = html
        .split(begin)
        .skip(1)
        .filter_map(|rest| rest.split("</li>").next());
    let line = lines.find(|line| line.ends_with(&format!(">{end}</a>")));
    let line = line.unwrap_or_else(|| panic!("no {end} in {html}"));
    let (_, link) = line.split_once("data-link=\"").expect("a link");
    link.split('"').next().expect("its end")
}

/// The page as a browser shows it at this place; None where there is no browser.
/// Its console must stay empty.
fn in_browser(file: &Path, place: &str) -> Option<String> {
    let browser = BROWSERS.into_iter().find(|browser| {
        let mut version = Command::new(browser);
        version
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        version.status().is_ok_and(|status| status.success())
    });
    let Some(browser) = browser else {
        eprintln!("There is no browser here: the page was not opened.");
        return None;
    };
    let profile = folder(&format!("browser-{}", place.trim_start_matches('#')));
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .args(["--enable-logging=stderr", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}{place}", file.display()).replace(' ', "%20"))
        .stdin(Stdio::null())
        .output()
        .expect("it starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        eprintln!("{browser} does not run here: {errors}");
        return None;
    }
    assert!(!errors.contains("CONSOLE"), "{errors}");
    Some(text(&output))
}
