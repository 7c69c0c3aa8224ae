//! A writer puts, a reader gets: nothing lost, nothing twice, all in order.

use std::time::Duration;

use super::check::Check;
use super::lines::first_torn;
use super::story::{Expected, Story, Told, says};
use super::{Mark, Rules, Symptom, Values};
use crate::language::Text;
use crate::run::HOLD;
use crate::text;
use crate::words::List;

pub static RULES: Rules = Rules {
    lines: LINES,
    values: &[
        Values("Put ", &ITEMS, " to queue..."),
        Values("Get ", &ITEMS, " from queue."),
    ],
    of_threads: false,
    check,
    checked,
    cause,
    mark: |line| {
        let item = line.strip_prefix("Put ").or(line.strip_prefix("Get "));
        item.and_then(|item| item.chars().next()).map(Mark::At)
    },
    legend: Text::new(
        "A B C an item put by the writer or got by the reader, • another line",
        "A B C 写进程放入、读进程取出的数据，• 其他行",
    ),
};

const LINES: &[Expected] = &[
    says("writer", WRITER),
    says("writer", PUT[0]),
    says("writer", PUT[1]),
    says("writer", PUT[2]),
    says("reader", READER),
    says("reader", GET[0]),
    says("reader", GET[1]),
    says("reader", GET[2]),
];

const ITEMS: [&str; 3] = ["A", "B", "C"];
const WRITER: &str = "Process to write: {pid}";
const PUT: [&str; 3] = [
    "Put A to queue...",
    "Put B to queue...",
    "Put C to queue...",
];
const READER: &str = "Process to read: {pid}";
const GET: [&str; 3] = [
    "Get A from queue.",
    "Get B from queue.",
    "Get C from queue.",
];

fn check(check: &mut Check) {
    let first = Text::new(
        "Is the first print of the process in the wrong place?",
        "这个进程的第一个 print 是不是放错了位置？",
    );
    check.in_order(&[WRITER, PUT[0]], first.clone());
    check.in_order(&[READER, GET[0]], first);
    items_in_order(check);
    items_lost(check);
    reader_started_late(check);
    // Several lines that came at once say nothing of the time between them.
    if first_torn(check).is_none() {
        sleeps(check);
    }
}

fn checked(_: &Story) -> Text {
    Text::new("All items came in order.", "所有数据都收到了，顺序不变。")
}

fn cause(story: &Story, symptom: Symptom) -> Option<Text> {
    Some(match symptom {
        Symptom::Missing(WRITER) if story.came(&PUT) == 0 => why_not_begun("pw"),
        Symptom::Missing(READER) if story.came(&GET) == 0 => why_not_begun("pr"),
        Symptom::Missing(line) if PUT.contains(&line) => OTHER_ITEMS.then(&Text::new(
            "Or was the writer ended too early (terminate(), kill())?",
            "还是过早地终止了写进程（terminate()、kill()）？",
        )),
        Symptom::AnotherValue("Get None from queue.") => Text::new(
            "None is the end, and no item: does the reader look for it before it prints?",
            "None 是结束标志，不是数据：读进程是不是没有先判断就打印了？",
        ),
        Symptom::AnotherValue(_) => OTHER_ITEMS,
        Symptom::Doubled(line) if GET.contains(&line) => Text::new(
            "Is q.put(value) called twice, or the line printed twice?",
            "是不是调用了两次 q.put(value)，或者这一行打印了两次？",
        ),
        Symptom::WrittenByAnother => Text::new(
            "Was write or read called directly, as by pw.run() in place of pw.start(), or \
             target=write(q) in place of target=write, args=(q,)?",
            "是不是直接调用了 write 或 read，比如把 pw.start() 写成了 pw.run()，或者把 \
             target=write, args=(q,) 写成了 target=write(q)？",
        ),
        Symptom::Endless => why_endless(story),
        _ => return None,
    })
}

/// Why nothing came of the process of this name.
fn why_not_begun(p: &str) -> Text {
    text!(
        "Was {p}.start() left out, or was it terminated too early ({p}.terminate())?",
        "是不是漏了 {p}.start()，或者过早地终止了它（{p}.terminate()）？"
    )
}

const OTHER_ITEMS: Text = Text::new(
    "The items are A, B and C: is there one more, one less, or another one?",
    "放入的数据是 A、B、C：是不是多了一个、少了一个，或者换了一个？",
);

fn why_endless(story: &Story) -> Text {
    match (story.came(&PUT), story.came(&GET)) {
        (3, 3) => Text::new(
            "The reader waits for an item that never comes: was the end left out (in Rust \
             q.close(); in Python q.put(None), since its q.close() is for one process alone), or \
             does the parent wait first, for the reader (pr.join()) or the queue (q.join())?",
            "读进程在等永远不会来的数据：是不是漏了结束标志（Rust 里是 q.close()；Python 里是 \
             q.put(None)，因为 Python 的 q.close() 只关闭自己这个进程的那一份），或者父进程还没有放入结束标志，\
             就先等待读进程（pr.join()）或队列（q.join()）了？",
        ),
        (3, _) => NOT_GOT,
        _ => Text::new(
            "The writer does not come to its end: was pw.start() left out, or is the queue full, \
             with nobody reading?",
            "写进程没有做完：是不是漏了 pw.start()，或者队列满了，又没有人来取？",
        ),
    }
}

/// Why what was put does not come out.
const NOT_GOT: Text = Text::new(
    "Is q.put(value) called for each item, and q.get() once for each print? Do both have this queue, \
     a queue for processes (multiprocessing.Queue, not queue.Queue)? Or does another reader take \
     some, or does this one end too early (break, terminate())?",
    "每个数据都调用了 q.put(value) 吗？每打印一次只调用一次 q.get() 吗？两边用的都是这个队列吗，而且是进程间的队列\
     （是 multiprocessing.Queue，不是 queue.Queue）？还是被别的读进程取走了，或者读进程结束得太早（break、\
     terminate()）？",
);

fn items_in_order(check: &mut Check) {
    let put = Text::new(
        "Are the items put in another order?",
        "放入的顺序是不是变了？",
    );
    if !check.in_order(&PUT, put) {
        return;
    }
    let got = Text::new(
        "A queue keeps the order: is it a stack, or did another reader come between?",
        "队列会保持顺序：这是不是栈，或者中间有别的读进程取走了？",
    );
    check.in_order(&GET, got);
    let late = Text::new(
        "Nothing can be got before it is put: is it printed too late?",
        "还没放入的东西不可能取出：是不是打印得太晚？",
    );
    check.each_before(&PUT, &GET, late);
}

fn items_lost(check: &mut Check) {
    let story = check.story;
    let came = |line: &str| story.find(line).is_some();
    let lost = (0..3).filter(|&item| came(PUT[item]) && !came(GET[item]));
    let lost: Vec<&str> = lost.map(|item| ITEMS[item]).collect();
    if lost.is_empty() || !came(READER) || check.explained || !story.transcript.succeeded() {
        return;
    }
    let list = List(&lost);
    let what = text!(
        "Put and never taken out: {list}.",
        "放入了 {list:#}，读进程没有取到。"
    );
    let cause = match reader_ended_early(story) {
        true => Text::new(
            "The reader ended before the last one was put: was None put, or the queue closed, \
             before pw.join()? Did the reader stop when the queue was empty for a moment, or after \
             one item (break), or was it terminated?",
            "最后一个数据还没放入，读进程就结束了：是不是在 pw.join() 之前就放入了 None，或者关闭了队列？还是队列\
             暂时为空时，或者只取了一个（break），读进程就停止了，或者被终止了？",
        ),
        false => NOT_GOT,
    };
    check.differs(what, cause);
    check.explained = true;
}

fn reader_ended_early(story: &Story) -> bool {
    let ended = story.find(READER).and_then(|reader| story.end_of(reader));
    let last_put = put(story).last().copied();
    // Without the delay it would have ended before the line.
    ended
        .zip(last_put)
        .is_some_and(|(end, put)| end < put.at + HOLD)
}

/// The lines of the items that were put, in the order in which they came.
fn put(story: &Story) -> Vec<&Told> {
    let told = story.told.iter().filter(|told| !told.stray);
    told.filter(|told| PUT.contains(&told.expected.line))
        .collect()
}

/// Both are started at once; the sleeps of the writer take longer than that.
fn reader_started_late(check: &mut Check) {
    let story = check.story;
    let lines = story.find(WRITER).zip(story.find(READER));
    let Some((writer, reader)) = lines else {
        return;
    };
    let (Some(ended), Some(process)) = (story.end_of(writer), story.child(reader)) else {
        return;
    };
    if ended <= reader.at {
        let line = check.quote(reader);
        let what = text!(
            "Line {line} came when the writer had ended.",
            "第 {line:#} 出现时，写进程已经结束。"
        );
        let cause = match process.began < ended {
            true => Text::new(
                "Does the reader wait before its first print, or the parent before pr.start()?",
                "读进程是不是在第一个 print 之前等待了，或者父进程在 pr.start() 之前等待了？",
            ),
            false => Text::new(
                "Was pw.join() called before pr.start()?",
                "是不是在 pr.start() 之前就调用了 pw.join()？",
            ),
        };
        check.differs(what, cause);
    }
}

/// Three random sleeps under a second are hardly ever so short together: once in 6,000
/// runs.
fn sleeps(check: &mut Check) {
    const SHORT: Duration = Duration::from_millis(100);
    let story = check.story;
    let [first, _, last] = put(story)[..] else {
        return;
    };
    let ended = story.end_of(last);
    let is_short = ended.is_some_and(|ended| ended < first.at + SHORT + HOLD);
    if is_short {
        let (first, last) = (check.quote(first), check.quote(last));
        let what = text!(
            "Line {last} came at once after line {first}.",
            "第 {first:#} 之后，第 {last:#} 马上就出现了。"
        );
        let cause = Text::new(
            "Was the sleep left out (time.sleep(random.random()))?",
            "是不是漏了睡眠（time.sleep(random.random())）？",
        );
        check.differs(what, cause);
    }
}
