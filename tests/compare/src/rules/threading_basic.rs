//! One thread counts to five, a second between two lines; the other waits.

use std::time::Duration;

use super::check::Check;
use super::story::{Expected, Story, Told, Writers, says};
use super::{Mark, Rules, Symptom, Values};
use crate::language::Text;
use crate::text;
use crate::transcript::Line;
use crate::words::Seconds;

pub static RULES: Rules = Rules {
    lines: LINES,
    values: &[
        Values("thread LoopThread >>> ", &["1", "2", "3", "4", "5"], ""),
        Values("thread ", &["LoopThread"], " >>> "),
        Values("thread ", &["MainThread", "LoopThread"], " is running..."),
        Values("thread ", &["MainThread", "LoopThread"], " ended."),
    ],
    of_threads: true,
    check,
    checked,
    cause,
    mark: |line| {
        let (_, number) = line.split_once(" >>> ")?;
        number.chars().next().map(Mark::At)
    },
    legend: Text::new(
        "1 2 3 4 5 counted, • another line",
        "1 2 3 4 5 数到的数，• 其他行",
    ),
};

const LINES: &[Expected] = &[
    says("MainThread", MAIN_RUNS),
    says("LoopThread", LOOP[0]),
    says("LoopThread", LOOP[1]),
    says("LoopThread", LOOP[2]),
    says("LoopThread", LOOP[3]),
    says("LoopThread", LOOP[4]),
    says("LoopThread", LOOP[5]),
    says("LoopThread", LOOP[6]),
    says("MainThread", MAIN_ENDED),
];

const MAIN_RUNS: &str = "thread MainThread is running...";
/// It begins, counts, ends.
const LOOP: [&str; 7] = [
    "thread LoopThread is running...",
    "thread LoopThread >>> 1",
    "thread LoopThread >>> 2",
    "thread LoopThread >>> 3",
    "thread LoopThread >>> 4",
    "thread LoopThread >>> 5",
    "thread LoopThread ended.",
];
const MAIN_ENDED: &str = "thread MainThread ended.";

/// The least and the most that the loop's sleep of a second may take. It is never
/// shorter, but the line before it may be seen a little late.
const SHORTEST_SLEEP: Duration = Duration::from_millis(950);
const LONGEST_SLEEP: Duration = Duration::from_millis(1400);

fn check(check: &mut Check) {
    let first = Text::new(
        "Is the main thread's first print in the wrong place?",
        "主线程的第一个 print 是不是放错了位置？",
    );
    check.before(MAIN_RUNS, LOOP[0], first);
    main_ends_last(check);
    let order = Text::new(
        "Are the prints of the loop in another order?",
        "循环里的几个 print 是不是换了顺序？",
    );
    check.in_order(&LOOP, order);
    sleeps(check);
}

fn checked(story: &Story) -> Text {
    let place = Text::new(
        "Each is in its place; the main thread's last line came after the loop's.",
        "每一行都在该在的位置；主线程的最后一行出现在循环结束之后。",
    );
    place.then(&match gaps(story).iter().map(|(.., gap)| gap).min() {
        Some(gap) => {
            let gap = gap.as_secs_f64();
            text!(
                "At least {gap:.1} s passed between two lines of the loop.",
                "循环的两行之间至少相隔 {gap:.1} 秒。"
            )
        }
        None => Text::new(
            "Not checked: the time between two lines.",
            "没有检查：两行之间的时间。",
        ),
    })
}

const NO_JOIN: Text = Text::new(
    "Was t.join() left out, or given a time limit?",
    "是不是漏了 t.join()，或者给它设了超时？",
);

fn cause(story: &Story, symptom: Symptom) -> Option<Text> {
    let came = |line: &str| story.find(line).is_some();
    Some(match symptom {
        Symptom::Missing(_) if came(LOOP[0]) && !came(LOOP[6]) && came(MAIN_ENDED) => Text::new(
            "Does the loop end early (return, break)? Or did the program end while the thread ran: \
             was t.join() left out (in Python, with daemon=True)?",
            "循环是不是提前结束了（return、break）？还是线程还在运行，程序就结束了：是不是漏了 \
             t.join()（Python 里还设了 daemon=True）？",
        ),
        Symptom::Missing(_) if came(LOOP[0]) && !came(LOOP[6]) => Text::new(
            "The whole program ended while the thread ran: does it call exit (os._exit(), \
             process::exit())?",
            "线程还在运行，整个程序就结束了：是不是调用了 exit（os._exit()、process::exit()）？",
        ),
        Symptom::Missing(line) if line == LOOP[0] => Text::new(
            "Was t.start() left out? Or t.join(), so that the program ended before the thread ran? \
             Or has the thread another target than loop?",
            "是不是漏了 t.start()？还是漏了 t.join()，线程还没来得及运行，程序就结束了？还是线程的 \
             target 不是 loop？",
        ),
        Symptom::Missing(line) if LOOP.contains(&line) => COUNTS,
        Symptom::AnotherValue(line) => why_another_value(story, line),
        Symptom::WrittenByAnother => Text::new(
            "Was loop called directly (target=loop() in place of target=loop, or t.run() in place \
             of t.start())? A name in the text makes no thread.",
            "是不是直接调用了 loop（把 target=loop 写成了 target=loop()，或者把 t.start() 写成了 \
             t.run()）？只在文字里写上名字，并不会有线程。",
        ),
        Symptom::Endless => Text::new(
            "Does the loop count without end, or does a thread wait for something?",
            "循环是不是停不下来，或者线程在等什么？",
        ),
        _ => return None,
    })
}

const COUNTS: Text = Text::new("Does the loop count from 1 to 5?", "循环是从 1 数到 5 吗？");

/// Another thread's name, or another number.
fn why_another_value(story: &Story, line: &str) -> Text {
    let name = line.split(' ').nth(1).unwrap_or_default();
    match name {
        "LoopThread" => COUNTS,
        "MainThread" if story.children().next().is_some() => Text::new(
            "Was a process started in place of a thread?",
            "是不是启动了进程，而不是线程？",
        ),
        "MainThread" if is_of_thread(story, line) => Text::new(
            "Another thread has written this: is its name asked for in the main thread, before it \
             runs?",
            "这是另一个线程打印的：是不是在主线程里就取了名字，那时线程还没有运行？",
        ),
        "MainThread" => Text::new(
            "Was loop called directly (or t.run() in place of t.start())?",
            "是不是直接调用了 loop（或者把 t.start() 写成了 t.run()）？",
        ),
        _ if name.starts_with("Thread-") || name.starts_with("Dummy-") => Text::new(
            "Was the thread started without its name (in Python name=\"LoopThread\", in Rust \
             .name(\"LoopThread\".to_string()))?",
            "启动线程时是不是没有给它名字（Python 里是 name=\"LoopThread\"，Rust 里是 \
             .name(\"LoopThread\".to_string())）？",
        ),
        _ => Text::new(
            "The notes call the threads MainThread and LoopThread: is it name=\"LoopThread\"?",
            "笔记里的线程叫 MainThread 和 LoopThread：写的是 name=\"LoopThread\" 吗？",
        ),
    }
}

/// Whether it was written by another thread than the first one of its process.
fn is_of_thread(story: &Story, text: &str) -> bool {
    let mut lines = story.transcript.lines.iter();
    let writer = lines.find(|line| line.text == text).and_then(Line::writer);
    writer.is_some_and(|writer| writer.thread != writer.process)
}

/// Whatever the loop's thread is called, the main thread waits for it.
fn main_ends_last(check: &mut Check) {
    let story = check.story;
    let is_of_thread = |&index: &usize| {
        let text = &story.transcript.lines[index].text;
        story.has_another_value(text) && !text.starts_with("thread MainThread")
    };
    let others = story.unknown.iter().copied().filter(is_of_thread);
    let told = LOOP.iter().filter_map(|line| story.find(line));
    let last = told.map(|told| told.index).chain(others).max();
    let Some((ended, last)) = story.find(MAIN_ENDED).zip(last) else {
        return;
    };
    if ended.index < last {
        let (ended, last) = (check.quote(ended), check.quote_line(last));
        let what = text!(
            "Line {ended} came before line {last}.",
            "第 {ended:#} 出现在第 {last:#} 之前。"
        );
        check.differs(what, NO_JOIN);
    }
}

/// The shortest time between two lines of the loop counts: a busy machine only makes it
/// longer.
fn sleeps(check: &mut Check) {
    let gaps = gaps(check.story);
    let Some(shortest) = gaps.iter().map(|(.., gap)| *gap).min() else {
        return;
    };
    if (SHORTEST_SLEEP..=LONGEST_SLEEP).contains(&shortest) {
        return;
    }
    let cause = why_slept(check.story, shortest);
    let is_wrong = |gap: Duration| (gap < SHORTEST_SLEEP) == (shortest < SHORTEST_SLEEP);
    let wrong = gaps.into_iter().filter(|(.., gap)| is_wrong(*gap));
    let points = wrong.map(|(first, then, gap)| {
        let (first, then, seconds) = (check.quote(first), check.quote(then), Seconds(gap));
        let what = text!(
            "Line {then} came {seconds} after line {first}.",
            "第 {then:#} 比第 {first:#} 晚 {seconds:#} 出现。"
        );
        (what, Some(cause.clone()))
    });
    let points: Vec<_> = points.collect();
    check.differ(points);
}

fn why_slept(story: &Story, gap: Duration) -> Text {
    let begin = story.find(LOOP[0]).zip(story.find(LOOP[1]));
    let slept_first = begin.is_some_and(|(runs, one)| one.at > runs.at + SHORTEST_SLEEP);
    let slept = format!("{:.1}", gap.as_secs_f64());
    match slept.as_str() {
        "0.0" if slept_first => Text::new(
            "Is the sleep before the print, not after it?",
            "睡眠是不是放到了打印之前？",
        ),
        "0.0" => Text::new(
            "Was time.sleep(1) left out of the loop?",
            "循环里是不是漏了 time.sleep(1)？",
        ),
        _ => text!(
            "Does it sleep {slept} s in place of the notes' second?",
            "是不是睡眠了 {slept} 秒，而不是笔记里的 1 秒？"
        ),
    }
}

/// Two lines of the loop that follow each other. Two loops print between each other, and
/// what is handed on comes at another time.
fn gaps(story: &Story) -> Vec<(&Told, &Told, Duration)> {
    if LOOP.iter().any(|line| story.count(line) > 1) || story.writers == Writers::HandedOn {
        return Vec::new();
    }
    let in_loop = |told: &Told| LOOP[1..].contains(&told.expected.line);
    let gaps = story.told.windows(2).filter_map(|two| {
        let [first, then] = two else { return None };
        let follows = in_loop(first) && in_loop(then) && then.index == first.index + 1;
        let gap = then.at.saturating_sub(first.at);
        (follows && !story.was_late(first, then)).then_some((first, then, gap))
    });
    gaps.collect()
}
