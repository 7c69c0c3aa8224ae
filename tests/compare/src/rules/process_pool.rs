//! Four processes run five tasks, in any order that four processes can.

mod tasks;

use std::os::unix::process::ExitStatusExt;
use std::thread;
use std::time::Duration;

use nix::libc::SIGTERM;

use super::check::Check;
use super::lines::and_missing;
use super::story::{Expected, Story, Told, Writers, says, task};
use super::{Mark, Rules, SLACK, Symptom, Values};
use crate::language::Text;
use crate::text;
use crate::transcript::ProcessEnd;
use crate::words::{List, Seconds, count, ended};
use tasks::{Schedule, Task};

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
        begins.then(|| task(line).map(Mark::Task))?
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

/// How much longer a printed time may be than the time between its two lines, in
/// seconds: the first of them may be read this late.
const SEEN_LATE: f64 = 0.5;

/// The longest sleep of a task, in seconds.
const LONGEST_SLEEP: f64 = 3.0;

fn check(check: &mut Check) {
    let tasks = Task::all(check.story);
    let by_workers = check.story.writers != Writers::HandedOn && check.differences.is_empty();
    let order = Text::new(
        "Is one of the parent's prints in the wrong place?",
        "父进程是不是有一个 print 放错了位置？",
    );
    check.in_order(&[PARENT, WAITING, DONE], order.clone());
    if let Some(first) = check
        .story
        .told
        .iter()
        .find(|told| RUN.contains(&told.expected.line))
    {
        check.before(PARENT, first.expected.line, order);
    }
    for (run, runs) in RUN.iter().zip(RUNS) {
        let swapped = Text::new(
            "A task cannot end before it begins: are its prints swapped?",
            "任务不可能还没开始就结束：是不是把两个 print 写反了？",
        );
        check.before(run, runs, swapped);
    }
    if many_pools(check, &tasks) || nobody_waits(check, &tasks) || begun_late(check, &tasks) {
        return;
    }
    if by_workers && !processes(check, &tasks) {
        waiting_too_late(check, &tasks);
    }
    if !durations_are_wrong(check, &tasks) {
        same_sleeps(check, &tasks);
    }
}

fn checked(story: &Story) -> Text {
    let schedule = Schedule::of(story);
    let (number, most) = (schedule.workers, schedule.most_at_once);
    let (workers, at_once) = (count(number, "worker"), count(most, "task"));
    text!(
        "{workers}, and {at_once} at once; each task ended after it began, and printed about the \
         seconds that passed between its two lines; the last line came after the last task's.",
        "{number} 个工作进程，最多 {most} 个任务同时运行；每个任务都是先开始后结束，打印的秒数和两行之间的时间\
         大致相同；最后一行出现在最后一个任务之后。"
    )
}

/// Why nobody waits for a pool.
const NO_JOIN: Text = Text::new(
    "Was p.join() left out (of an executor: shutdown(), or its `with` block)?",
    "是不是漏了 p.join()（如果用的是 executor，就是 shutdown() 或者它的 `with` 块）？",
);

/// Where an exception in a task is seen.
const SILENT: Text = Text::new(
    "In Python, only r.get() shows a task's exception: keep r = p.apply_async(...), and call r.get() \
     after the loop.",
    "Python 只在取结果的时候才抛出任务里的异常：先保存 r = p.apply_async(...)，循环之后再调用 r.get()。",
);

fn cause(story: &Story, symptom: Symptom) -> Option<Text> {
    let signal = |child: &ProcessEnd| child.status.filter(|status| status.signal().is_some());
    let mut by_signal = story.children().filter_map(signal);
    let none_began = story.came(&RUN) == 0;
    Some(match symptom {
        Symptom::Missing(line) if RUN.contains(&line) && none_began => Text::new(
            "No task began. Is a comma missing in args=(i,)? Is the task a lambda, or was none \
             submitted? Or was p.terminate() called, as the end of a `with Pool(...)` block does, \
             before p.close() and p.join()?",
            "没有任务开始。args=(i,) 里是不是漏了逗号？任务是不是 lambda，或者根本没有提交任务？还是 \
             p.close() 和 p.join() 之前就调用了 p.terminate()（`with Pool(...)` 块结束时也会调用它）？",
        )
        .then(&SILENT),
        Symptom::Missing(line) if RUN.contains(&line) => Text::new(
            "Was every task submitted, range(5)?",
            "是不是每个任务都提交了：range(5)？",
        ),
        // SIGTERM is how Python's pool ends its workers.
        Symptom::Missing(line) if RUNS.contains(&line) => {
            match by_signal.find(|status| status.signal() != Some(SIGTERM)) {
                Some(status) => {
                    let how = ended(&Text::new("a worker", "有一个工作进程"), status);
                    how.then(&Text::new(
                        "A task dies with its worker.",
                        "工作进程死了，它的任务也就没了。",
                    ))
                }
                None => Text::new(
                    "Did the task fail after its first line, or is its last print left out?",
                    "任务是不是在第一行之后出错了，或者漏了最后的 print？",
                )
                .then(&SILENT),
            }
        }
        Symptom::AnotherValue(_) => Text::new(
            "The tasks are the numbers 0 to 4: for i in range(5), args=(i,)?",
            "任务是 0 到 4 的数字：写的是 for i in range(5) 和 args=(i,) 吗？",
        ),
        Symptom::WrittenByAnother => Text::new(
            "Was long_time_task called directly, rather than given to the pool?",
            "是不是直接调用了 long_time_task，没有交给进程池？",
        ),
        Symptom::Endless => return why_endless(story),
        _ => return None,
    })
}

fn why_endless(story: &Story) -> Option<Text> {
    // Long before the end, when compare kills all.
    let lasted = story.transcript.lasted().unwrap_or_default();
    let early = |child: &&ProcessEnd| child.at.is_some_and(|at| at + SLACK < lasted);
    let failed = |child: &ProcessEnd| child.status.is_some_and(|status| !status.success());
    Some(match (story.came(&RUN), story.came(&RUNS)) {
        (_, 5) => Text::new(
            "All tasks ended, and still it waits: was p.close() left out?",
            "任务都结束了，它还在等：是不是漏了 p.close()？",
        ),
        (0, _) => Text::new(
            "No task ever began: are the workers running?",
            "一个任务也没有开始：工作进程在运行吗？",
        ),
        _ if story.children().filter(early).any(failed) => Text::new(
            "A worker ended in the middle of a task (was it killed, or did it exit?), and the pool \
             waits for the end of that task for ever.",
            "有一个工作进程在任务中途就结束了（被杀掉，或者自己退出了），进程池会一直等那个任务结束。",
        ),
        (started, ended) if started > ended => Text::new(
            "A task does not end: does it wait for something, or only need more time?",
            "有任务没有结束：它在等什么，还是只需要更多时间？",
        ),
        _ => return None,
    })
}

/// The workers that were started: those that ran a task, and their siblings. (A fork server
/// is no sibling, and Python's resource tracker outlives the program.)
fn started(story: &Story, tasks: &[Task]) -> usize {
    let began = story.find(PARENT).map(|parent| parent.at);
    let runs = tasks.iter().filter_map(|task| task.run?.pid);
    let parents: Vec<u32> = runs
        .filter_map(|pid| story.transcript.process_end(pid)?.parent)
        .collect();
    let ends = story.transcript.end.iter().flat_map(|end| &end.ends);
    ends.filter(|end| end.at > began && end.parent.is_some_and(|parent| parents.contains(&parent)))
        .count()
}

fn many_pools(check: &mut Check, tasks: &[Task]) -> bool {
    let number = started(check.story, tasks);
    if number <= MOST_WORKERS || !check.story.transcript.succeeded() {
        return false;
    }
    let what = text!(
        "{number} workers were started; a pool of {WORKERS} starts {WORKERS}.",
        "启动了 {number} 个工作进程；大小为 {WORKERS} 的进程池只启动 {WORKERS} 个。"
    );
    let cause = Text::new(
        "Is the pool made in the loop, one for each task?",
        "进程池是不是写在了循环里，每个任务一个？",
    );
    check.differs(what, cause);
    check.explains_all();
    true
}

/// The last line comes before the tasks have ended, or the workers.
fn nobody_waits(check: &mut Check, tasks: &[Task]) -> bool {
    let Some(done) = check.story.find(DONE) else {
        return false;
    };
    let open = tasks.iter().filter(|task| !task.had_ended(done.index));
    let open: Vec<usize> = open.map(|task| task.number).collect();
    let Some(cause) = why_nobody_waits(check.story, done, open.len()) else {
        return false;
    };
    let (line, list) = (check.quote(done), List(&open));
    let what = match open.len() {
        0 => text!(
            "Line {line} came while all workers were running.",
            "第 {line:#} 出现时，所有工作进程都还在运行。"
        ),
        1 => text!(
            "Line {line} came before task {list} had ended.",
            "第 {line:#} 出现时，任务 {list} 还没有结束。"
        ),
        _ => text!(
            "Line {line} came before tasks {list} had ended.",
            "第 {line:#} 出现时，任务 {list:#} 还没有结束。"
        ),
    };
    check.differs(and_missing(check, what), cause);
    check.explains_all();
    true
}

/// So many tasks were open when the last line came. That may be so for another reason:
/// they failed.
fn why_nobody_waits(story: &Story, done: &Told, open: usize) -> Option<Text> {
    let went_on = story
        .told
        .last()
        .is_some_and(|last| last.expected.speaker == "worker");
    let is_worker = |end: &&ProcessEnd| {
        let role = story.role(end.pid);
        role.is_some_and(|role| role.starts_with("worker"))
    };
    let mut workers: Vec<&ProcessEnd> = story.children().filter(is_worker).collect();
    if workers.is_empty() {
        workers = story.children().collect();
    }
    let had_ended = |end: &ProcessEnd| end.at.is_some_and(|at| at <= done.at);
    let live_on = !workers.is_empty() && !workers.iter().any(|end| had_ended(end));
    let by_signal = |end: &ProcessEnd| end.status.is_some_and(|status| status.signal().is_some());
    if went_on || live_on && open > 0 {
        Some(NO_JOIN)
    } else if live_on {
        Some(NO_JOIN.then(&Text::new(
            "A pause (time.sleep) and the results (r.get()) wait for the tasks, not for the \
             workers.",
            "睡眠（time.sleep）和取结果（r.get()）只等到了任务，没有等待工作进程。",
        )))
    } else if open > 1 && story.children().any(|end| by_signal(end) && had_ended(end)) {
        Some(Text::new(
            "The workers were ended by a signal: was p.terminate() called in place of p.close() \
             and p.join()? The end of a `with Pool(...)` block calls it too: then call p.close() \
             and p.join() inside the block.",
            "工作进程被信号终止了：是不是没有用 p.close() 和 p.join()，而是调用了 p.terminate()？`with \
             Pool(...)` 块结束时也会调用它：那就在块里面调用 p.close() 和 p.join()。",
        ))
    } else {
        None
    }
}

/// The first line of each task comes when it ends.
fn begun_late(check: &mut Check, tasks: &[Task]) -> bool {
    const AT_ONCE: Duration = Duration::from_millis(50);
    let is_late = |(run, runs): &(&Told, &Told)| {
        let slept = runs.seconds.is_some_and(|seconds| seconds > SEEN_LATE);
        slept && runs.at < run.at + AT_ONCE
    };
    let late: Vec<_> = tasks
        .iter()
        .filter_map(Task::lines)
        .filter(is_late)
        .collect();
    if late.len() + 1 < tasks.len() || check.story.writers == Writers::HandedOn {
        return false;
    }
    let (run, runs) = (check.quote(late[0].0), check.quote(late[0].1));
    let what = text!(
        "Line {runs} came at once after line {run}, and so did that of each task.",
        "第 {run:#} 之后，第 {runs:#} 马上就出现了，每个任务都是这样。"
    );
    let cause = Text::new(
        "Is the first line printed after the sleep, not before it?",
        "第一行是不是在睡眠之后才打印的，而不是之前？",
    );
    check.differs(what, cause);
    true
}

/// The tasks run on four processes, and none waits while one of them is free. Whether
/// that is wrong.
fn processes(check: &mut Check, tasks: &[Task]) -> bool {
    let point = wrong_schedule(check.story, tasks);
    let wrong = point.is_some();
    if let Some((what, cause)) = point {
        check.differs(what, cause);
    }
    wrong
}

fn wrong_schedule(story: &Story, tasks: &[Task]) -> Option<(Text, Text)> {
    /// Tasks of which no two run at once would be shorter than this in a pool.
    const SHORT: Duration = Duration::from_millis(250);
    let schedule = Schedule::of(story);
    let number = schedule.workers;
    let is_known = story.writers == Writers::Seen && number > 0;
    let too_few = is_known && number < WORKERS && number == started(story, tasks);
    let one_by_one = Text::new(
        "The tasks ran one after the other, never two at once.",
        "任务一个接一个地运行，从来没有两个同时运行。",
    );
    if schedule.most_at_once == 1 && loop_lasted(story, tasks) > Some(SHORT) {
        Some((one_by_one, LOOP_WAITS))
    } else if too_few || number > WORKERS {
        let processes = count(number, "process");
        let what = text!(
            "The tasks ran on {processes}; the pool has {WORKERS}.",
            "任务在 {number} 个进程上运行；进程池应该有 {WORKERS} 个。"
        );
        Some((what, why_other_number(number)))
    } else if schedule.most_at_once == 1 && schedule.waited > SHORT {
        let cause = Text::new(
            "The loop went on, so the tasks wait for each other: is there a lock around the task?",
            "循环继续往下走了，所以是任务在互相等待：任务外面是不是加了互斥锁？",
        );
        Some((one_by_one, cause))
    } else if schedule.waited > SLACK {
        let waited = Seconds(schedule.waited);
        let what = text!(
            "Tasks waited for {waited} while a worker was free.",
            "有工作进程空闲，任务却等了 {waited:#}。"
        );
        let cause = Text::new(
            "Was one worker given several tasks at once (map with a chunksize)?",
            "是不是一次交给一个工作进程好几个任务（map 的 chunksize）？",
        );
        Some((what, cause))
    } else {
        None
    }
}

fn why_other_number(number: usize) -> Text {
    let cause = match number > WORKERS {
        true => text!(
            "Does the pool have {number} or more in place of {WORKERS}, or is there a process for \
             each task?",
            "进程池的大小是不是写成了 {number} 或更多，而不是 {WORKERS}？还是每个任务都启动了一个进程？"
        ),
        false => text!(
            "Does the pool have {number} in place of {WORKERS}?",
            "进程池的大小是不是写成了 {number}，而不是 {WORKERS}？"
        ),
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    match cores == number || number > WORKERS && cores > number {
        true => cause.then(&text!(
            "Pool() without a number takes one process for each core, and this machine has {cores}.",
            "Pool() 不写数字时，每个核一个进程，而这台机器有 {cores} 个核。"
        )),
        false => cause,
    }
}

/// Why the tasks are submitted one after the other.
const LOOP_WAITS: Text = Text::new(
    "Does the loop wait for each task: is .get() or a sleep in it, or p.apply() used in place of \
     p.apply_async()?",
    "循环是不是在等每个任务：循环里有 .get() 或者睡眠，或者把 p.apply_async() 写成了 p.apply()？",
);

/// How long after the first task began the parent printed that it waits, if it did not
/// print it before.
fn loop_lasted(story: &Story, tasks: &[Task]) -> Option<Duration> {
    let first = tasks.iter().filter_map(|task| Some(task.run?.at)).min()?;
    let waiting = story.find(WAITING)?.at;
    let lasted = waiting.checked_sub(first)?;
    Some(lasted.saturating_sub(story.transcript.late(first, waiting)))
}

/// The parent prints that it waits when all tasks have ended, or long after the first one
/// began. Tasks that end at once do not count.
fn waiting_too_late(check: &mut Check, tasks: &[Task]) {
    const LONG: Duration = Duration::from_millis(500);
    let lines = check
        .story
        .find(WAITING)
        .zip(loop_lasted(check.story, tasks));
    let Some((waiting, lasted)) = lines else {
        return;
    };
    let all_ended = tasks.iter().all(|task| task.had_ended(waiting.index));
    let line = check.quote(waiting);
    if !all_ended && lasted > SLACK {
        let lasted = Seconds(lasted);
        let what = text!(
            "Line {line} came {lasted} after the first task began.",
            "第一个任务开始 {lasted:#} 以后，第 {line:#} 才出现。"
        );
        check.differs(what, LOOP_WAITS);
    } else if all_ended && lasted > LONG {
        let what = text!(
            "Line {line} came when all tasks had ended.",
            "第 {line:#} 出现时，所有任务都已经结束。"
        );
        let cause = Text::new(
            "Was p.map() used, which waits for all tasks, or is this line printed after .get() or \
             p.join()?",
            "是不是用了 p.map()（它会等所有任务结束），或者这一行是在 .get() 或 p.join() 之后打印的？",
        );
        check.differs(what, cause);
    }
}

/// The time that a task prints is the time between its two lines.
fn durations_are_wrong(check: &mut Check, tasks: &[Task]) -> bool {
    let lines = tasks.iter().filter_map(Task::lines);
    let point = |(run, runs): (&Told, &Told)| {
        let printed = runs.seconds.filter(|_| !runs.misspelt)?;
        let late = check.story.transcript.late(run.at, runs.at).as_secs_f64();
        let waited = runs.at.saturating_sub(run.at).as_secs_f64();
        let cause = why_duration(printed, waited, late)?;
        let (run, runs) = (check.quote(run), check.quote(runs));
        let what = text!(
            "Line {runs} came {waited:.2} s after line {run}.",
            "第 {runs:#} 比第 {run:#} 晚 {waited:.2} 秒出现。"
        );
        Some((what, Some(cause)))
    };
    let points: Vec<_> = lines.filter_map(point).collect();
    let wrong = !points.is_empty();
    check.differ(points);
    wrong
}

/// All in seconds; for some of them compare may have been late.
fn why_duration(printed: f64, waited: f64, late: f64) -> Option<Text> {
    let slack = SLACK.as_secs_f64();
    if printed > waited + SEEN_LATE {
        Some(Text::new(
            "Is the time a random number, not measured, or in another unit? Is start taken outside \
             of the task? Or is the output buffered?",
            "时间是不是随机数，不是测出来的，或者用了别的单位？start 是不是在任务外面取的？还是输出留在了缓冲里？",
        ))
    } else if printed < waited - late - slack {
        Some(Text::new(
            "Is the time taken before the sleep and again after it?",
            "是不是在睡眠之前和之后各取了一次时间？",
        ))
    } else if printed > LONGEST_SLEEP + slack {
        Some(Text::new(
            "It should sleep a random time under 3 seconds.",
            "睡眠的时间应该是随机的，不到 3 秒。",
        ))
    } else {
        None
    }
}

/// Of random sleeps, four are hardly ever this close together, and five hardly ever
/// this close, in seconds: once in 5,000 runs. A busy machine makes equal ones
/// differ.
const FOUR_WITHIN: f64 = 0.05;
const FIVE_WITHIN: f64 = 0.2;

/// Four random sleeps do not have the same length.
fn same_sleeps(check: &mut Check, tasks: &[Task]) {
    let sleeps = tasks.iter().filter_map(|task| task.runs?.seconds);
    let mut sleeps: Vec<f64> = sleeps.collect();
    sleeps.sort_by(f64::total_cmp);
    let within = |same: &&[f64], limit: f64| same[same.len() - 1] - same[0] < limit;
    let five = sleeps.windows(5).find(|same| within(same, FIVE_WITHIN));
    let four = || sleeps.windows(4).find(|same| within(same, FOUR_WITHIN));
    let Some(same) = five.or_else(four) else {
        return;
    };
    let (number, slept) = (same.len(), same[0]);
    let what = text!(
        "{number} tasks took the same time, {slept:.2} s.",
        "{number} 个任务用了同样的时间：{slept:.2} 秒。"
    );
    let cause = match slept < 0.02 {
        true => Text::new(
            "Was the sleep left out (time.sleep(random.random() * 3))?",
            "是不是漏了睡眠（time.sleep(random.random() * 3)）？",
        ),
        false => Text::new(
            "Is the sleep random? Perhaps it is a fixed number, or all processes have the same random \
             seed.",
            "睡眠时间是随机的吗？是不是写成了固定的数，或者各个进程用了同一个随机种子？",
        ),
    };
    check.differs(what, cause);
}
