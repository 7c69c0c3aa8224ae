//! The timeline in characters.

use compare::Chapter;
use compare::language::Text;
use compare::width::{cut, folded, padded};

use crate::show::axis::Axis;
use crate::show::role;
use crate::show::side::Side;
use crate::show::terminal::Screen;
use crate::show::timeline::{Lane, Row, Sign, TaskEnd, lanes, legend, note};

/// How wide the names of the lanes are.
const NAMES: usize = 17;

/// Draws what the programs did, with the marks of this chapter.
pub fn draw(screen: &Screen, sides: &[Side], chapter: Option<Chapter>) -> String {
    let axis = Axis::of(sides, screen.width - NAMES, 1);
    let folded = |text: &Text| {
        let lines = folded(text.to(screen.language), screen.width, ["", "  "]);
        lines.join("\n") + "\n"
    };
    let mut timeline = format!("\n{}{}", folded(&legend(sides, chapter)), draw_axis(&axis));
    for side in sides {
        timeline += &format!("{}\n", cut(&side.title, screen.width));
        for lane in lanes(&side.story, chapter) {
            timeline += &draw_lane(screen, &axis, &lane);
        }
    }
    timeline + &note(sides).map(|note| folded(&note)).unwrap_or_default()
}

/// The times, and a line with a tick for each.
fn draw_axis(axis: &Axis) -> String {
    let (mut times, mut line) = (String::new(), vec!['─'; axis.columns]);
    for (column, time) in axis.ticks() {
        times = padded(&times, column) + &time;
        line[column] = '┬';
    }
    let (names, line) = (" ".repeat(NAMES), String::from_iter(line));
    format!("{names}{times}\n{names}{line}\n")
}

fn draw_lane(screen: &Screen, axis: &Axis, lane: &Lane) -> String {
    let mut name = role::said(lane.role.as_deref(), screen.language);
    let mut drawn = String::new();
    for row in lane.rows(axis) {
        let first = padded(&format!("  {}", cut(&name, NAMES - 3)), NAMES);
        let row = first + &draw_row(&row, axis.columns);
        drawn += &screen.styled(role::style(lane.role.as_deref()), &row);
        drawn += "\n";
        name.clear();
    }
    drawn
}

fn draw_row(row: &Row, columns: usize) -> String {
    let mut drawn = vec![' '; columns];
    if let Some(life) = &row.life {
        drawn[life.clone()].fill('─');
        drawn[life.end] = '┤';
    }
    for (place, sign) in &row.signs {
        match sign {
            Sign::Mark(mark) => drawn[place.start] = *mark,
            Sign::Task(number, end) => {
                drawn[place.clone()].fill('═');
                let begin = format!("[{number}");
                let letters = drawn[place.clone()].iter_mut().zip(begin.chars());
                letters.for_each(|(letter, of_begin)| *letter = of_begin);
                drawn[place.end - 1] = match end {
                    TaskEnd::Told => ']',
                    TaskEnd::Death => '✗',
                    TaskEnd::Unseen => '…',
                };
            }
        }
    }
    String::from_iter(drawn).trim_end().to_owned()
}
