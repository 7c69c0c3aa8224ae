//! One thread counts to five, a second between two lines; the other waits.

use std::time::Duration;

use super::check::Check;
use super::story::{Expected, Story, Told, Writers, says};
use super::{Mark, Rules, Symptom, Values};
use crate::language::Text;
use crate::text;
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
    check.in_order(&[MAIN_RUNS, LOOP[0]], first);
    let mut told = check.story.told.iter();
    if let Some(last) = told.rfind(|told| LOOP.contains(&told.expected.line)) {
        let no_join = Text::new(
            "Was t.join() left out, or given a time limit?",
            "是不是漏了 t.join()，或者给它设了超时？",
        );
        check.in_order(&[last.expected.line, MAIN_ENDED], no_join);
    }
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

fn cause(story: &Story, symptom: Symptom) -> Option<Text> {
    let came = |line: &str| story.find(line).is_some();
    Some(match symptom {
        Symptom::Missing(_) if came(LOOP[0]) && !came(LOOP[6]) => Text::new(
            "Does the loop end early (return, break)? Or did the program end while the thread ran: \
             was t.join() left out (in Python, with daemon=True), or exit called (os._exit(), \
             process::exit())?",
            "循环是不是提前结束了（return、break）？还是线程还在运行，程序就结束了：是不是漏了 \
             t.join()（Python 里还设了 daemon=True），或者调用了 exit（os._exit()、process::exit()）？",
        ),
        Symptom::Missing(line) if line == LOOP[0] => Text::new(
            "Was t.start() left out? Or t.join(), so that the program ended before the thread ran? \
             Or has the thread another target than loop?",
            "是不是漏了 t.start()？还是漏了 t.join()，线程还没来得及运行，程序就结束了？还是线程的 \
             target 不是 loop？",
        ),
        Symptom::Missing(line) if LOOP.contains(&line) => COUNTS,
        Symptom::AnotherValue(line) => match line.split(' ').nth(1) {
            Some("LoopThread") => COUNTS,
            Some("MainThread") => CALLED_DIRECTLY,
            _ if came(LOOP[0]) => Text::new(
                "Is there another thread, with another name?",
                "是不是多了一个别的名字的线程？",
            ),
            _ => Text::new(
                "The notes call the threads MainThread and LoopThread: is the name given before \
                 start (in Python name=\"LoopThread\", in Rust .name(\"LoopThread\".to_string()))?",
                "笔记里的线程叫 MainThread 和 LoopThread：启动线程时给它名字了吗（Python 里是 \
                 name=\"LoopThread\"，Rust 里是 .name(\"LoopThread\".to_string())）？",
            ),
        },
        Symptom::WrittenByAnother => CALLED_DIRECTLY,
        Symptom::Endless => Text::new(
            "Does the loop count without end, or does a thread wait for something?",
            "循环是不是停不下来，或者线程在等什么？",
        ),
        _ => return None,
    })
}

const COUNTS: Text = Text::new("Does the loop count from 1 to 5?", "循环是从 1 数到 5 吗？");

const CALLED_DIRECTLY: Text = Text::new(
    "Was loop called directly (target=loop() in place of target=loop, or t.run() in place of \
     t.start())? Or is the name not asked for in the thread that prints it, or the thread's own \
     (name=\"MainThread\")?",
    "是不是直接调用了 loop（把 target=loop 写成了 target=loop()，或者把 t.start() 写成了 \
     t.run()）？还是名字不是在打印它的线程里取的，或者线程就叫这个名字（name=\"MainThread\"）？",
);

/// A busy machine only makes the time between two lines of the loop longer.
fn sleeps(check: &mut Check) {
    let gaps = gaps(check.story);
    let all_long = gaps.iter().all(|(.., gap)| *gap > LONGEST_SLEEP);
    let wrong = gaps
        .into_iter()
        .filter(|(.., gap)| all_long || *gap < SHORTEST_SLEEP);
    let point = |(first, then, gap): (&Told, &Told, Duration)| {
        let (first, then, seconds) = (check.quote(first), check.quote(then), Seconds(gap));
        let what = text!(
            "Line {then} came {seconds} after line {first}.",
            "第 {then:#} 比第 {first:#} 晚 {seconds:#} 出现。"
        );
        let cause = Text::new(
            "The loop sleeps a second after each number: was time.sleep(1) left out of the loop, \
             given another time, or put before the print?",
            "循环每数一个数就睡眠 1 秒：循环里是不是漏了 time.sleep(1)，改了时长，或者把它放到了 print 之前？",
        );
        (what, Some(cause))
    };
    let points: Vec<_> = wrong.map(point).collect();
    check.differ(points);
}

/// Two lines of the loop that follow each other. Two loops print between each other, and
/// what is handed on comes at another time. Only a program that is traced waits for
/// compare.
fn gaps(story: &Story) -> Vec<(&Told, &Told, Duration)> {
    if LOOP.iter().any(|line| story.count(line) > 1) || story.writers == Writers::HandedOn {
        return Vec::new();
    }
    let transcript = &story.transcript;
    let in_loop = |told: &Told| LOOP[1..].contains(&told.expected.line);
    let gaps = story.told.windows(2).filter_map(|two| {
        let [first, then] = two else { return None };
        let follows = in_loop(first) && in_loop(then) && then.index == first.index + 1;
        let is_true = transcript.was_traced() || transcript.late(first.at, then.at).is_zero();
        let gap = then.at.saturating_sub(first.at);
        (follows && is_true).then_some((first, then, gap))
    });
    gaps.collect()
}
