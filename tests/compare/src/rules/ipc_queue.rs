//! A writer puts, a reader gets: nothing lost, nothing twice, all in order.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use super::check::Check;
use super::story::{Expected, Story, Told, says};
use super::{Mark, Rules, SLACK, Symptom, Values};
use crate::language::Text;
use crate::run::HOLD;
use crate::text;
use crate::transcript::ProcessEnd;
use crate::words::{List, Seconds, ended};

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
    check.before(WRITER, PUT[0], first.clone());
    check.before(READER, GET[0], first);
    items_in_order(check);
    if a_process_failed(check.story) {
        // That is a difference, and the cause of what never came.
        check.explains(&PUT);
        check.explains(&GET);
    } else {
        items_lost(check);
    }
    reader_started_late(check);
    sleeps(check);
}

fn checked(story: &Story) -> Text {
    let index = |line: &str| story.find(line).map(|told| told.index);
    let put_first = PUT
        .iter()
        .zip(GET)
        .all(|(put, get)| index(put) < index(get));
    match put_first {
        true => Text::new(
            "Each item's Put line came before its Get line, all in order.",
            "每个数据都是先 Put 后 Get，顺序不变。",
        ),
        false => Text::new(
            "All items came in order. (A Get line came just before its Put line: an item can be got \
             before the Put line is printed, where q.put comes before the print.)",
            "数据的顺序不变。（有一行 Get 出现在对应的 Put 之前一点：如果先 q.put 后打印，数据可能在打印 Put \
             之前就被取走。）",
        ),
    }
}

fn cause(story: &Story, symptom: Symptom) -> Option<Text> {
    Some(match symptom {
        Symptom::Missing(WRITER) if story.came(&PUT) == 0 => why_not_begun(story, "pw"),
        Symptom::Missing(READER) if story.came(&GET) == 0 => why_not_begun(story, "pr"),
        Symptom::Missing(line) if PUT.contains(&line) => {
            who_was_killed(story).unwrap_or(OTHER_ITEMS)
        }
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
fn why_not_begun(story: &Story, p: &str) -> Text {
    let says = |pid| story.told.iter().any(|told| told.pid == Some(pid));
    match story.children().any(|child| !says(child.pid)) {
        true => text!(
            "A process was started, and ended without this line: was it terminated too early \
             ({p}.terminate())?",
            "进程启动了，结束时却没有打印这一行：是不是过早地终止了它（{p}.terminate()）？"
        ),
        false => text!("Was {p}.start() left out?", "是不是漏了 {p}.start()？"),
    }
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
             does it come after pr.join()?",
            "读进程在等永远不会来的数据：是不是漏了结束标志（Rust 里是 q.close()；Python 里是 \
             q.put(None)，因为 Python 的 q.close() 只关闭自己这个进程的那一份），或者把它放在了 pr.join() 后面？",
        ),
        (3, 1..) => Text::new(
            "Not all that was got is printed: is q.get() called twice for one print, or does another \
             reader take some?",
            "取出来的没有都打印：是不是打印一次却调用了两次 q.get()，或者被别的读进程取走了？",
        ),
        (3, 0) => Text::new(
            "Items were put and the reader does not get them: does it read this queue, and is it a \
             queue for processes (multiprocessing.Queue, not queue.Queue)?",
            "放入了数据，读进程却取不到：它读的是这个队列吗？这是进程间的队列吗（是 \
             multiprocessing.Queue，不是 queue.Queue）？",
        ),
        _ if story.find(WRITER).is_none() => Text::new(
            "The writer never began: was pw.start() left out?",
            "写进程一直没有启动：是不是漏了 pw.start()？",
        ),
        _ => Text::new(
            "The writer does not come to its end: is the queue full, with nobody reading?",
            "写进程一直没有结束：是不是队列满了，又没有人来取？",
        ),
    }
}

/// Whether writer or reader ended with an error.
fn a_process_failed(story: &Story) -> bool {
    let ends = [WRITER, READER].map(|line| end_of(story, line)?.status?.code());
    ends.iter().flatten().any(|code| *code > 0)
}

/// The process that was ended by a signal, and what may have sent it.
fn who_was_killed(story: &Story) -> Option<Text> {
    let of = |line, subject: Text| {
        let status = end_of(story, line)?.status?;
        status.signal()?;
        Some(ended(&subject, status).then(&Text::new(
            "Was it terminate() or kill(), too early?",
            "是不是过早地调用了 terminate() 或 kill()？",
        )))
    };
    let writer = of(WRITER, Text::new("the writer", "写进程"));
    writer.or_else(|| of(READER, Text::new("the reader", "读进程")))
}

/// The end of the process that says this.
fn end_of<'a>(story: &'a Story, line: &str) -> Option<&'a ProcessEnd> {
    story.transcript.process_end(story.find(line)?.pid?)
}

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
    let lost: Vec<usize> = (0..3).filter(|&i| came(PUT[i]) && !came(GET[i])).collect();
    if lost.is_empty() || !story.transcript.succeeded() {
        return;
    }
    check.explains(&GET);
    if !came(READER) {
        return;
    }
    let items: Vec<&str> = lost.iter().map(|&i| ITEMS[i]).collect();
    let list = List(&items);
    let what = match items.len() {
        1 => text!(
            "{list} was put and never taken out.",
            "放入了 {list}，读进程没有取到。"
        ),
        _ => text!(
            "{list} were put and never taken out.",
            "放入了 {list:#}，读进程没有取到。"
        ),
    };
    check.differs(what, why_lost(story, &lost));
}

/// Why the reader ended before the last item was put.
const NO_END: Text = Text::new(
    "The reader ended before the last one was put: was the queue closed, or None put, before \
     pw.join()? Or did the reader stop when the queue was empty for a moment?",
    "最后一个数据还没放入，读进程就结束了：是不是在 pw.join() 之前就关闭了队列，或者放入了 \
     None？还是队列暂时为空时，读进程就停止了？",
);

fn why_lost(story: &Story, lost: &[usize]) -> Text {
    let got = |item: usize| story.find(GET[item]).is_some();
    if reader_ended_early(story) {
        who_was_killed(story).unwrap_or(match lost.len() == PUT.len() {
            true => NO_END.then(&Text::new(
                "Or is q no queue for processes? (A list is copied into each process.)",
                "还是 q 不是进程间的队列？（每个进程得到的是列表的一份拷贝。）",
            )),
            false => NO_END.then(&Text::new(
                "Or does it get only once or twice (break)?",
                "还是它只取了一两次（break）？",
            )),
        })
    } else if lost.len() == PUT.len() {
        Text::new(
            "Does the writer call q.put(value)? Does the reader get from this queue, and say so? \
             Is it a queue for processes (multiprocessing.Queue, not queue.Queue)?",
            "写进程调用 q.put(value) 了吗？读进程是从这个队列取的吗？取出后打印了吗？这是进程间的\
             队列吗（是 multiprocessing.Queue，不是 queue.Queue）？",
        )
    } else if lost == [0, 1] {
        Text::new(
            "Only the last one came: is q.put(value) below the loop, not in it?",
            "只有最后一个数据来了：q.put(value) 是不是写在了循环外面？",
        )
    } else if lost.iter().any(|&item| (item..3).any(got)) {
        Text::new(
            "Later ones came: was q.put(value) skipped for it, is q.get() called twice for one print, \
             or did another reader get it?",
            "后面的数据取出来了：是不是跳过了它的 q.put(value)，打印一次却调用了两次 q.get()，或者被别的读进程取走了？",
        )
    } else {
        who_was_killed(story).unwrap_or(Text::new(
            "Does the reader get too few items, or was it not joined?",
            "读进程是不是少取了几个，或者没有 join？",
        ))
    }
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

/// Three random sleeps under a second are hardly ever so short together: once in 6,000
/// runs.
fn sleeps(check: &mut Check) {
    const SHORT: Duration = Duration::from_millis(100);
    let story = check.story;
    let [first, .., last] = put(story)[..] else {
        return;
    };
    if story.came(&PUT) < PUT.len() {
        return;
    }
    let ended = story.end_of(last);
    let is_short = ended.is_some_and(|ended| ended < first.at + SHORT + HOLD);
    if is_short && !story.was_late(first, last) {
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

/// Both are started at once; the sleeps of the writer take longer than that.
fn reader_started_late(check: &mut Check) {
    let story = check.story;
    let lines = (
        story.find(WRITER),
        story.find(READER),
        put(story).last().copied(),
    );
    let (Some(writer), Some(reader), Some(last_put)) = lines else {
        return;
    };
    let parent = story.transcript.end.as_ref().map(|end| end.pid);
    let late = reader.at.saturating_sub(writer.at);
    let held_up = story.transcript.late(writer.at, reader.at);
    let long_after = || last_put.index < reader.index && late > SLACK + held_up;
    let after_all = story.had_ended(writer, reader).unwrap_or_else(long_after);
    if after_all && ![writer.pid, parent].contains(&reader.pid) {
        let (line, late) = (check.quote(reader), Seconds(late));
        let what = text!(
            "Line {line} came {late} after the writer began.",
            "写进程开始 {late:#} 以后，第 {line:#} 才出现。"
        );
        let cause = Text::new(
            "Was pw.join() called before pr.start()?",
            "是不是在 pr.start() 之前就调用了 pw.join()？",
        );
        check.differs(what, cause);
    }
}
