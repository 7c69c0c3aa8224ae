//! The first screen: the programs' text beside each other.

use compare::language::Text;
use maud::{Markup, html};

use super::{Page, Shown, class, link};
use crate::show::role;

pub fn screen(page: &Page, heading: &Markup) -> Markup {
    let hint = Text::new(
        "Press → to see the run. Point at a line to see what it printed.",
        "按 → 键看运行结果。把鼠标移到一行上，看它打印了什么。",
    );
    let printed_by = Text::new("Printed by", "由谁打印");
    let several = Text::new("several", "不止一个");
    html! {
        section.screen id="code" {
            (heading)
            div.sides {
                @for (number, program) in page.shown.iter().enumerate() {
                    article {
                        h2 { (program.side.title) }
                        (source(page, number, program))
                    }
                }
            }
            p.foot {
                span.peek data-hint=(page.say(&hint)) {}
                span.legend {
                    (page.say(&printed_by))
                    @for role in printers(&page.shown) {
                        @match role {
                            Some(_) => (page.role(role)),
                            None => b.nobody { (page.say(&several)) },
                        }
                    }
                }
            }
        }
    }
}

fn source(page: &Page, side: usize, program: &Shown) -> Markup {
    if program.source.is_empty() {
        let hidden = Text::new("Its text is not shown.", "没有显示它的源代码。");
        return html! { p { (page.say(&hidden)) } };
    }
    html! {
        ol.source lang="" {
            @for (number, line) in program.source.lines().enumerate() {
                @match program.printed_by(number).as_slice() {
                    [] => li.empty[line.is_empty()] { (line) },
                    printed @ [first, ..] => {
                        @let link = link(side, number);
                        li.(class(printer(program, printed))) id={ "s" (link) } data-link=(link) {
                            a href={ "#o" (side) "-" (first) } { (line) }
                        }
                    }
                }
            }
        }
    }
}

/// The one process or thread that printed all these lines; None if there are several.
fn printer<'s>(program: &Shown<'s>, lines: &[usize]) -> Option<&'s str> {
    let story = &program.side.story;
    let mut roles = lines.iter().map(|&line| story.role_of_line(line));
    let first = roles.next().flatten();
    first.filter(|_| roles.all(|role| role == first))
}

/// Who printed what the lines of the programs print, each once.
fn printers<'s>(shown: &[Shown<'s>]) -> Vec<Option<&'s str>> {
    let mut printers = Vec::new();
    for program in shown {
        let lines = 0..program.source.lines().count();
        let printed = lines.map(|line| program.printed_by(line));
        let printed = printed.filter(|printed| !printed.is_empty());
        printers.extend(printed.map(|printed| printer(program, &printed)));
    }
    printers.sort_by_key(|role| role.map_or(usize::MAX, |role| role::colour(role, usize::MAX)));
    printers.dedup();
    printers
}
