//! The pages: what they hold, and that a browser shows them without a fault.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use compare::Chapter;
use tempfile::TempDir;
use tests::harness::{Trial, skip};
use tests::trials;

use crate::tool::{compare, errors, finish, fixture, folder, python, text};

const LARGEST: usize = 200_000;

/// Browsers that know `--headless` and `--dump-dom`.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

pub fn trials() -> Vec<Trial> {
    trials![
        a_chapter_has_two_screens,
        a_browser_lights_a_line_and_what_it_printed,
        what_is_printed_is_no_markup,
        a_browser_shows_no_markup,
        much_output_is_cut,
        a_page_that_cannot_be_written,
        the_pages_of_all_chapters_need_a_folder,
    ]
}

fn a_chapter_has_two_screens() {
    let folder = folder();
    let html = read(&page_of_a_chapter(&folder));
    for part in [
        "id=\"code\"",
        "id=\"run\"",
        "class=\"life\"",
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
}

fn a_browser_lights_a_line_and_what_it_printed() {
    let folder = folder();
    let shown = in_browser(&page_of_a_chapter(&folder), "#s1-5");
    assert_eq!(
        shown.matches("style=\"--screen: ").count(),
        2,
        "sized: {shown}"
    );
    let lit = shown.matches(" lit\"").count();
    assert_eq!(lit, 2, "the line of the child and what it printed: {shown}");
}

/// With the notes on both sides.
fn page_of_a_chapter(folder: &TempDir) -> PathBuf {
    let file = folder.path().join("basic.html");
    let notes = Chapter::ProcessBasic.notes().display().to_string();
    let page = file.display().to_string();
    let output = finish(&mut compare(&[
        "process-basic",
        "--page",
        &page,
        "--",
        &python(),
        &notes,
    ]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains(&format!("The page: {page}")));
    file
}

fn what_is_printed_is_no_markup() {
    let folder = folder();
    let html = read(&page_of(MARKUP, &folder));
    assert_eq!(html.matches("<script").count(), 1, "{html}");
    assert_eq!(html.matches("</style").count(), 1, "{html}");
    assert!(!html.contains("<img") && !html.contains("<i>"), "{html}");
    for shown in [
        "<span lang=\"\">&lt;i&gt;a line whose print is not found&lt;/i&gt;</span>",
        "&lt;script&gt;document.title = 'broken'&lt;/script&gt; of ",
        "&lt;img src=x onerror=alert(1)&gt;",
        "# Lines that a page must show as they are: &lt;b&gt;, &amp;amp; and &lt;/style&gt;.",
    ] {
        assert!(html.contains(shown), "{shown}\n{html}");
    }
}

fn a_browser_shows_no_markup() {
    let folder = folder();
    let shown = in_browser(&page_of(MARKUP, &folder), "");
    assert!(shown.contains("<title>Two programs</title>"), "{shown}");
}

fn much_output_is_cut() {
    let folder = folder();
    let html = read(&page_of("twins/much.sh", &folder));
    assert!(html.contains("200 more, not shown"), "{html}");
    assert!(html.contains("100 &lt;long&gt;") && !html.contains("101 &lt;long&gt;"));
}

fn a_page_that_cannot_be_written() {
    let folder = folder();
    let missing = folder.path().join("missing").join("page.html");
    let missing = missing.display().to_string();
    for (page, words) in [
        ("/proc/no.html", "/proc/no.html cannot be written"),
        (&missing, "No such file or directory"),
    ] {
        let output = finish(&mut compare(&["--page", page, "--", "true", "--", "true"]));
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(text(&output), "", "nothing was run");
        assert!(errors(&output).contains(words), "{}", errors(&output));
    }
}

fn the_pages_of_all_chapters_need_a_folder() {
    let folder = folder();
    let file = folder.path().join("pool.html");
    fs::write(&file, "").expect("it can be written");
    let output = finish(&mut compare(&[
        "all",
        "--page",
        &file.display().to_string(),
    ]));
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output), "", "nothing was run");
    let errors = errors(&output);
    assert!(errors.contains("pool.html cannot be written"), "{errors}");
}

const MARKUP: &str = "twins/markup.sh";

/// The page of this program beside itself, in this folder.
fn page_of(program: &str, folder: &TempDir) -> PathBuf {
    let file = folder.path().join("page.html");
    let (program, page) = (fixture(program), file.display().to_string());
    let programs = ["--", "/bin/sh", &program, "--", "/bin/sh", &program];
    let output = finish(&mut compare(&[&["--page", &page][..], &programs].concat()));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    file
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

/// The page as a browser shows it at this place. Its console must stay empty.
fn in_browser(file: &Path, place: &str) -> String {
    let runs = |browser: &&str| {
        let mut version = Command::new(browser);
        version.arg("--version");
        version.stdout(Stdio::null()).stderr(Stdio::null());
        version.status().is_ok_and(|status| status.success())
    };
    let Some(browser) = BROWSERS.into_iter().find(runs) else {
        skip("there is no browser here");
    };
    let profile = folder();
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu"])
        .args(["--no-first-run", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}{place}", file.display()).replace(' ', "%20"))
        .stdin(Stdio::null())
        .output()
        .expect("it starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        skip(&format!("{browser} does not run here: {errors}"));
    }
    assert!(!errors.contains("CONSOLE"), "{errors}");
    text(&output)
}
