//! The pages that people read: every link leads somewhere, and the two front
//! pages show the same code. (`lessons` checks the chapters' pages.)

use std::path::Path;

use compare::lesson::{Block, sections};
use pulldown_cmark::{Event, Parser, Tag};
use tests::harness::Trial;
use tests::trials;
use tests::workspace::{self, CHAPTERS, read};

pub fn trials() -> Vec<Trial> {
    trials![
        every_link_leads_to_a_file_and_a_heading,
        the_front_pages_show_the_same_code,
    ]
}

fn every_link_leads_to_a_file_and_a_heading() {
    let fixed = [
        "README.md",
        "README.zh-CN.md",
        ".github/CONTRIBUTING.md",
        "tests/bench/README.md",
    ];
    let lessons = CHAPTERS.iter().flat_map(|chapter| {
        ["README.md", "README.zh-CN.md"].map(|page| format!("{chapter}/{page}"))
    });
    for page in fixed.map(str::to_string).into_iter().chain(lessons) {
        let page = workspace::path(page);
        for link in links(&read(&page)) {
            check(&page, &link);
        }
    }
}

/// The links and pictures that are no web addresses.
fn links(markdown: &str) -> Vec<String> {
    let links = Parser::new(markdown).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url),
        _ => None,
    });
    links
        .map(|link| link.to_string())
        .filter(|link| !link.contains("://"))
        .collect()
}

fn check(page: &Path, link: &str) {
    let (file, heading) = link.split_once('#').unwrap_or((link, ""));
    let target = match file {
        "" => page.to_path_buf(),
        file => page.parent().expect("a folder").join(file),
    };
    assert!(target.exists(), "{}: {link}", page.display());
    if !heading.is_empty() {
        let sections = sections(&read(&target));
        let found = sections
            .iter()
            .any(|section| anchor(&section.title) == heading);
        assert!(found, "{}: {link}", page.display());
    }
}

/// The name that GitHub gives to a heading.
fn anchor(title: &str) -> String {
    let title = title.to_lowercase();
    let kept = title
        .chars()
        .filter(|&c| c.is_alphanumeric() || " -_".contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn the_front_pages_show_the_same_code() {
    let blocks = |page: &str| -> Vec<Block> {
        let sections = sections(&read(page));
        let blocks = sections.iter().flat_map(|section| &section.blocks);
        // What compare says is in the language of the page.
        let same = blocks.filter(|block| !block.is_marked("compare"));
        same.map(code).collect()
    };
    let english = blocks("README.md");
    assert!(!english.is_empty());
    assert_eq!(blocks("README.zh-CN.md"), english);
}

/// A block without a shell's comments: those are in the language of the page.
pub fn code(block: &Block) -> Block {
    let mut block = block.clone();
    if block.language == "sh" {
        let code = |line: &str| {
            line.split('#')
                .next()
                .map(|code| code.trim_end().to_owned())
        };
        let lines: Vec<String> = block.text.lines().filter_map(code).collect();
        block.text = lines.join("\n");
    }
    block
}
