//! Four processes run five tasks, in any order that four processes can.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use super::check::Check;
use super::lines::first_torn;
use super::story::{Expected, Story, Told, Writers, says, task};
use super::{Mark, Rules, Symptom, Values};
use crate::language::Text;
use crate::stderr::why_error;
use crate::text;
use crate::transcript::Subprocess;
use crate::words::{List, Seconds, count};

pub static RULES: Rules = Rules {
    lines: LINES,
    values: &[
        Values("Run task ", &NUMBERS, " ("),
        Values("Task ", &NUMBERS, " runs "),
    ],
    of_threads: false,
    check,
    checked,
    cause,
    mark: |line| {
        let begins = line.starts_with("Run");
        task(line).map(if begins { Mark::Begins } else { Mark::Ends })
    },
    legend: Text::new(
        "[n] task n runs, … no line of its end, ✗ its worker died, • another line",
        "[n] 任务 n 运行，… 没有打印结束的那一行，✗ 它的工作进程死了，• 其他行",
    ),
};

const LINES: &[Expected] = &[
    says("parent", PARENT),
    says("parent", WAITING),
    says("worker", RUN[0]),
    says("worker", RUN[1]),
    says("worker", RUN[2]),
    says("worker", RUN[3]),
    says("worker", RUN[4]),
    says("worker", RUNS[0]),
    says("worker", RUNS[1]),
    says("worker", RUNS[2]),
    says("worker", RUNS[3]),
    says("worker", RUNS[4]),
    says("parent", DONE),
];

const PARENT: &str = "Parent process {pid}.";
const WAITING: &str = "Waiting for all subprocesses done...";
const RUN: [&str; 5] = [
    "Run task 0 ({pid})...",
    "Run task 1 ({pid})...",
    "Run task 2 ({pid})...",
    "Run task 3 ({pid})...",
    "Run task 4 ({pid})...",
];
const RUNS: [&str; 5] = [
    "Task 0 runs {seconds} seconds.",
    "Task 1 runs {seconds} seconds.",
    "Task 2 runs {seconds} seconds.",
    "Task 3 runs {seconds} seconds.",
    "Task 4 runs {seconds} seconds.",
];
const NUMBERS: [&str; 5] = ["0", "1", "2", "3", "4"];
const DONE: &str = "All subprocesses done.";

/// The size of the pool.
const WORKERS: usize = 4;

/// A pool of four that replaces each worker after one task starts at most nine. Five
/// pools of two or more start more than that.
const MOST_WORKERS: usize = 2 * WORKERS + 1;

/// How late a line may be seen, or a process start, on a busy machine.
const SLACK: Duration = Duration::from_secs(1);

/// How much longer a printed time may be than the time between its two lines, in
/// seconds: the first of them may be read this late.
const SEEN_LATE: f64 = 0.5;

/// The longest sleep of a task, in seconds.
const LONGEST_SLEEP: f64 = 3.0;

fn check(check: &mut Check) {
    let order = Text::new(
        "Is one of the parent's prints in the wrong place?",
        "父进程是不是有一个 print 放错了位置？",
    );
    check.in_order(&[PARENT, WAITING, DONE], order.clone());
    if let Some(first) = first_lines(check.story).next() {
        check.in_order(&[PARENT, first.expected.line], order);
    }
    for (run, runs) in RUN.iter().zip(RUNS) {
        let swapped = Text::new(
            "A task cannot end before it begins: are its prints swapped?",
            "任务不可能还没开始就结束：是不是把两个 print 写反了？",
        );
        check.in_order(&[run, runs], swapped);
    }
    nobody_waits(check);
    // Of several lines that came at once, the times say nothing.
    if first_torn(check).is_some() || durations_are_wrong(check) {
        return;
    }
    if check.differences.is_empty() && check.story.writers != Writers::HandedOn {
        processes(check);
    }
    same_sleeps(check);
}

fn checked(story: &Story) -> Text {
    let (number, most) = most_at_once(story);
    let (workers, at_once) = (count(number, "worker"), count(most, "task"));
    text!(
        "{workers}, and {at_once} at once; each task ended after it began, and printed about the \
         seconds that passed between its two lines; the last line came after the last task's.",
        "{number} 个工作进程，最多 {most} 个任务同时运行；每个任务都是先开始后结束，打印的秒数和两行之间的时间\
         大致相同；最后一行出现在最后一个任务之后。"
    )
}

/// Where an exception in a task is seen.
const SILENT: Text = Text::new(
    "In Python, only r.get() shows a task's exception: keep r = p.apply_async(...), and call r.get() \
     after the loop.",
    "Python 只在取结果的时候才抛出任务里的异常：先保存 r = p.apply_async(...)，循环之后再调用 r.get()。",
);

fn cause(story: &Story, symptom: Symptom) -> Option<Text> {
    let none_began = first_lines(story).next().is_none();
    Some(match symptom {
        Symptom::Missing(line) if RUN.contains(&line) && none_began => Text::new(
            "No task began. Is a comma missing in args=(i,)? Is the task a lambda, or a function \
             within a function, as a decorator makes one? Was none submitted? Or was p.terminate() called, as the end of a `with Pool(...)` block does, \
             before p.close() and p.join()?",
            "没有任务开始。args=(i,) 里是不是漏了逗号？任务是不是 lambda，或者函数里的函数（装饰器会产生这样的函数）？是不是根本没有提交任务？还是在 \
             p.close() 和 p.join() 之前就调用了 p.terminate()（`with Pool(...)` 块结束时也会调用它）？",
        )
        .then(&SILENT),
        Symptom::Missing(line) if RUN.contains(&line) => Text::new(
            "Was every task submitted, range(5)?",
            "是不是每个任务都提交了：range(5)？",
        ),
        Symptom::Missing(line) if RUNS.contains(&line) => Text::new(
            "Did the task fail after its first line, was its worker killed, or is its last print \
             left out?",
            "任务是不是在第一行之后出错了，或者它的工作进程被杀死了，或者漏了最后的 print？",
        )
        .then(&SILENT),
        Symptom::AnotherValue(_) => Text::new(
            "The tasks are the numbers 0 to 4: for i in range(5), args=(i,)?",
            "任务是 0 到 4 的数字：写的是 for i in range(5) 和 args=(i,) 吗？",
        ),
        Symptom::WrittenByAnother => Text::new(
            "Was long_time_task called directly, rather than given to the pool?",
            "是不是直接调用了 long_time_task，没有交给进程池？",
        ),
        Symptom::Endless => match (story.came(&RUN), story.came(&RUNS)) {
            (_, 5) => Text::new(
                "All tasks ended, and still it waits: was p.close() left out?",
                "任务都结束了，它还在等：是不是漏了 p.close()？",
            ),
            (0, _) => Text::new(
                "No task ever began: are the workers running?",
                "一个任务也没有开始：工作进程在运行吗？",
            ),
            (began, ended) if began > ended => Text::new(
                "A task does not come to its end: does it wait for something, or only need more \
                 time? Or did its worker die, so that the pool waits for ever?",
                "有任务没有结束：它在等什么，还是只需要更多时间？还是它的工作进程死了，进程池就一直等下去？",
            ),
            _ => return None,
        },
        _ => return None,
    })
}

/// The first lines of the tasks, in the order in which they came.
fn first_lines(story: &Story) -> impl Iterator<Item = &Told> {
    let told = story.told.iter();
    told.filter(|told| RUN.contains(&told.expected.line))
}

/// The last line comes before the tasks have ended, or the workers.
fn nobody_waits(check: &mut Check) {
    let story = check.story;
    let Some(done) = story.find(DONE) else { return };
    let had_ended = |task: &usize| {
        let runs = story.find(RUNS[*task]);
        runs.is_some_and(|runs| runs.index < done.index)
    };
    let open: Vec<usize> = (0..RUNS.len()).filter(|task| !had_ended(task)).collect();
    let Some(cause) = why_nobody_waits(story, done, open.len()) else {
        return;
    };
    let (line, list) = (check.quote(done), List(&open));
    let what = match open.is_empty() {
        true => text!(
            "Line {line} came while all workers were running.",
            "第 {line:#} 出现时，所有工作进程都还在运行。"
        ),
        false => text!(
            "Line {line} came before these tasks had ended: {list}.",
            "第 {line:#} 出现时，这些任务还没有结束：{list:#}。"
        ),
    };
    check.differs(what, cause);
    check.explained = true;
}

/// So many tasks were open when the last line came. That may be so for another reason:
/// they failed.
fn why_nobody_waits(story: &Story, done: &Told, open: usize) -> Option<Text> {
    let last = story.told.last();
    let went_on = last.is_some_and(|last| last.expected.speaker == "worker");
    let had_ended = |child: &&Subprocess| child.ended.is_some_and(|ended| ended <= done.at);
    let mut ended = story.children().filter(had_ended).peekable();
    let live_on = ended.peek().is_none() && story.children().next().is_some();
    let by_signal = |child: &Subprocess| child.status.and_then(|status| status.signal()).is_some();
    if went_on || live_on {
        Some(Text::new(
            "Was p.join() left out (of an executor: shutdown(), or its `with` block)? A pause, or \
             r.get(), does not wait for the workers.",
            "是不是漏了 p.join()（如果用的是 executor，就是 shutdown() 或者它的 `with` 块）？time.sleep() 和 r.get() \
             都不会等到工作进程结束。",
        ))
    } else if open > 1 && ended.any(by_signal) {
        Some(why_error(&story.transcript.errors).unwrap_or(TERMINATED))
    } else {
        None
    }
}

const TERMINATED: Text = Text::new(
    "The workers were ended by a signal: was p.terminate() called in place of p.close() and \
     p.join()? The end of a `with Pool(...)` block calls it too: then call p.close() and p.join() \
     inside the block.",
    "工作进程被信号终止了：是不是没有用 p.close() 和 p.join()，而是调用了 p.terminate()？`with \
     Pool(...)` 块结束时也会调用它：那就在块里面调用 p.close() 和 p.join()。",
);

/// The time that a task prints is the time between its two lines. Whether that is wrong.
fn durations_are_wrong(check: &mut Check) -> bool {
    let story = check.story;
    let find = |(run, runs): (&&str, &&str)| story.find(run).zip(story.find(runs));
    let point = |(run, runs): (&Told, &Told)| {
        let late = story.transcript.late(run.at, runs.at).as_secs_f64();
        let waited = runs.at.saturating_sub(run.at).as_secs_f64();
        let cause = why_duration(runs.seconds?, waited, late)?;
        let (run, runs) = (check.quote(run), check.quote(runs));
        let what = text!(
            "Line {runs} came {waited:.2} s after line {run}.",
            "第 {runs:#} 比第 {run:#} 晚 {waited:.2} 秒出现。"
        );
        Some((what, Some(cause)))
    };
    let lines = RUN.iter().zip(&RUNS).filter_map(find);
    let points: Vec<_> = lines.filter_map(point).collect();
    let wrong = !points.is_empty();
    check.differ(points);
    wrong
}

/// All in seconds; for some of them compare may have been late.
fn why_duration(printed: f64, waited: f64, late: f64) -> Option<Text> {
    let slack = SLACK.as_secs_f64();
    if printed > waited + SEEN_LATE || printed < waited - late - slack {
        Some(Text::new(
            "Is the time measured, in seconds (time.time()), from before the sleep to after it, and \
             the first line printed before the sleep? Or is the output buffered?",
            "时间是测出来的吗（time.time()，以秒为单位，从睡眠之前到睡眠之后）？第一行是在睡眠之前打印的吗？还是输出留在了缓冲区里？",
        ))
    } else if printed > LONGEST_SLEEP + slack {
        Some(OTHER_SLEEP)
    } else {
        None
    }
}

const OTHER_SLEEP: Text = Text::new(
    "A task sleeps a random time under 3 seconds, random.random() * 3: was that left out, is it a \
     fixed or a longer time, or have all processes the same random seed?",
    "任务的睡眠时间是随机的，不到 3 秒：random.random() * 3。是不是漏了睡眠，写成了固定的或者更长的时间，或者\
     各个进程用了同一个随机种子？",
);

/// Of five random sleeps, four are hardly ever this close together, in seconds: once in
/// 10,000 runs.
fn same_sleeps(check: &mut Check) {
    const CLOSE: f64 = 0.05;
    const STANDSTILL: Duration = Duration::from_millis(500);
    // If the whole machine stood still, all sleeps ended when it went on.
    let is_true = |(at, seconds): &(Duration, f64)| {
        let began = Duration::try_from_secs_f64(*seconds).map(|seconds| at.saturating_sub(seconds));
        began.is_ok_and(|began| check.story.transcript.late(began, *at) < STANDSTILL)
    };
    let told = check.story.told.iter();
    let slept = told.filter_map(|told| Some((told.at, told.seconds?)));
    let mut sleeps: Vec<f64> = slept.filter(is_true).map(|(_, seconds)| seconds).collect();
    sleeps.sort_by(f64::total_cmp);
    if let Some(same) = sleeps.windows(4).find(|four| four[3] - four[0] < CLOSE) {
        let slept = same[0];
        let what = text!(
            "At least four tasks took the same time, {slept:.2} s.",
            "至少有四个任务用了同样的时间：{slept:.2} 秒。"
        );
        check.differs(what, OTHER_SLEEP);
    }
}

/// The tasks run on four processes, as many at once, and the parent waits only when all
/// are submitted.
fn processes(check: &mut Check) {
    /// Tasks of which no two run at once would begin within this time in a pool.
    const SHORT: Duration = Duration::from_millis(250);
    let story = check.story;
    let between = |first: &Told, last: &Told| {
        let late = story.transcript.late(first.at, last.at);
        last.at.saturating_sub(first.at).saturating_sub(late)
    };
    let begun: Vec<&Told> = first_lines(story).collect();
    let [first, .., last] = begun[..] else { return };
    let waiting = story.find(WAITING).filter(|waiting| waiting.at > first.at);
    let submitting = waiting.map_or(Duration::ZERO, |waiting| between(first, waiting));
    let (number, most) = most_at_once(story);
    let started = started(story, &begun);
    let is_all = story.writers == Writers::Seen && number == started;
    if started > MOST_WORKERS {
        let what = text!(
            "{started} workers were started; a pool of {WORKERS} starts {WORKERS}.",
            "启动了 {started} 个工作进程；大小为 {WORKERS} 的进程池只启动 {WORKERS} 个。"
        );
        check.differs(what, why_other_number(started));
    } else if number > WORKERS || number < WORKERS && is_all && submitting < SHORT {
        let processes = count(number, "process");
        let what = text!(
            "The tasks ran on {processes}; the pool has {WORKERS}.",
            "任务在 {number} 个进程上运行；进程池应该有 {WORKERS} 个。"
        );
        check.differs(what, why_other_number(number));
    } else if most == 1 && between(first, last) > SHORT {
        let what = Text::new(
            "The tasks ran one after the other, never two at once.",
            "任务一个接一个地运行，从来没有两个同时运行。",
        );
        let lock = Text::new(
            "Or is there a lock around the task?",
            "还是任务外面加了互斥锁？",
        );
        check.differs(what, PARENT_WAITS.then(&lock));
    } else if let Some(waiting) = waiting
        && submitting > SLACK
    {
        let (line, after) = (check.quote(waiting), Seconds(submitting));
        let what = text!(
            "Line {line} came {after} after the first task began.",
            "第一个任务开始 {after:#} 以后，第 {line:#} 才出现。"
        );
        check.differs(what, PARENT_WAITS);
    }
}

/// The most workers that lived at once, of those that had run a task (one that ended is
/// replaced), and the most tasks that ran at once.
fn most_at_once(story: &Story) -> (usize, usize) {
    let (mut workers, mut running) = (BTreeSet::new(), BTreeSet::new());
    let (mut most_workers, mut most_running) = (0, 0);
    let of_tasks = |told: &&Told| told.expected.speaker == "worker";
    for told in story.told.iter().filter(of_tasks) {
        let Some(pid) = told.pid else {
            continue;
        };
        let lives = |pid: &u32| {
            let worker = story.transcript.subprocess(*pid);
            let ended = worker.and_then(|worker| worker.ended);
            ended.is_none_or(|ended| ended > told.at)
        };
        workers.retain(lives);
        running.retain(lives);
        // A task that fails has no last line: its worker goes on to the next one.
        match RUN.contains(&told.expected.line) {
            true => running.insert(pid),
            false => running.remove(&pid),
        };
        workers.insert(pid);
        most_workers = most_workers.max(workers.len());
        most_running = most_running.max(running.len());
    }
    (most_workers, most_running)
}

/// The workers that were started: those that ran a task, and their siblings. (A fork server
/// is no sibling, and Python's resource tracker outlives the program.)
fn started(story: &Story, begun: &[&Told]) -> usize {
    let parent_began = story.find(PARENT).map(|parent| parent.at);
    let parent = |told: &&Told| Some(story.transcript.subprocess(told.pid?)?.parent);
    let parents: Vec<u32> = begun.iter().filter_map(parent).collect();
    let others = story.transcript.subprocesses();
    others
        .filter(|other| other.ended > parent_began && parents.contains(&other.parent))
        .count()
}

fn why_other_number(number: usize) -> Text {
    match number > WORKERS {
        true => Text::new(
            "Is the pool larger (Pool() without a number takes one process for each core), or is \
             there a process, or a pool, for each task?",
            "进程池是不是更大（Pool() 不写数字时，每个核一个进程），或者为每个任务都单独启动了一个进程，或者一个进程池？",
        ),
        false => text!(
            "Does the pool have {number} in place of {WORKERS}?",
            "进程池的大小是不是写成了 {number}，而不是 {WORKERS}？"
        ),
    }
}

/// Why the tasks are not submitted at once.
const PARENT_WAITS: Text = Text::new(
    "Does the parent wait where it only should submit the tasks: is .get(), p.join() or a sleep in \
     the loop or just after it, or p.apply() or p.map() used in place of p.apply_async()?",
    "父进程是不是在提交任务的时候就等待了：循环里或者循环之后马上就有 .get()、p.join() 或睡眠，或者把 \
     p.apply_async() 写成了 p.apply() 或 p.map()？",
);
