//! Four processes run five tasks, in any order that four processes can.

mod tasks;

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::thread;
use std::time::Duration;

use super::check::Check;
use super::story::{Expected, Story, Told, Writers, says, task};
use super::{CAPITALS, Mark, Rules, SLACK, WHY_LEFT_BEHIND};
use crate::language::Text;
use crate::transcript::ProcessEnd;
use crate::words::{Seconds, and, count, how_it_ended};
use tasks::{Schedule, Task};

pub static RULES: Rules = Rules {
    lines: LINES,
    of_threads: false,
    check,
    checked,
    why_missing,
    why_unknown: |line| is_of_another_task(line).then_some("The tasks are 0 to 4: is it range(5)?"),
    why_in_small_letters: CAPITALS,
    // Which processes ran the tasks is checked here.
    why_one_writer: |_, _| "",
    why_endless,
    why_left_behind: WHY_LEFT_BEHIND,
    means_something_else: is_of_another_task,
    mark: |line| {
        line.starts_with("Run")
            .then(|| task(line).map(Mark::Task))?
    },
    legend: Text::new(
        "[n] task n runs, … no line of its end, ✗ its worker died",
        "[n] 任务 n 运行，… 没有它结束的那一行，✗ 它的工作进程死了",
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
const DONE: &str = "All subprocesses done.";

/// The size of the pool.
const WORKERS: usize = 4;

/// How much longer a printed time may be than the time between its two lines, in
/// seconds: the first of them may be read this late.
const SEEN_LATE: f64 = 0.5;

/// The longest sleep of a task, in seconds.
const LONGEST_SLEEP: f64 = 3.0;

fn check(check: &mut Check) {
    let story = check.story;
    let tasks = Task::all(story);
    for line in [WAITING, DONE].iter().chain(&RUN) {
        let cause = "Is the parent's first print in the wrong place?";
        check.before(PARENT, line, cause);
    }
    check.before(WAITING, DONE, "Are the two prints swapped?");
    if other_names(check) || done_too_early(check, &tasks) {
        return;
    }
    workers_live_on(check);
    own_order(check);
    if begun_late(check, &tasks) {
        return;
    }
    workers(check, &tasks);
    if durations_are_true(check, &tasks) {
        same_sleeps(check, &tasks);
    }
}

/// Tasks whose names are no numbers are one difference, not ten.
fn other_names(check: &mut Check) -> bool {
    let story = check.story;
    let text = |index: usize| story.transcript.lines[index].text.as_str();
    let mut names = Vec::new();
    let none_began = story.came(&RUN) == 0;
    for &index in &story.unknown {
        let number =
            task_name(text(index)).filter(|name| none_began && name.parse::<u32>().is_ok());
        if let Some(name) = task_in_letters(text(index)).or(number) {
            check.explains_line(index);
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    if names.is_empty() {
        return false;
    }
    let what = format!("The tasks have the names {}, not 0 to 4.", and(&names));
    let cause = "Are they the numbers of the loop: for i in range(5), args=(i,)?";
    check.differs(what, cause);
    check.explains(&RUN);
    check.explains(&RUNS);
    true
}

fn is_of_another_task(line: &str) -> bool {
    task(line).is_some_and(|task| task >= RUN.len()) || task_in_letters(line).is_some()
}

/// The name in a task's line, if it is a word.
fn task_in_letters(line: &str) -> Option<&str> {
    let is_word = |name: &&str| !name.is_empty() && name.chars().all(char::is_alphabetic);
    task_name(line).filter(is_word)
}

fn task_name(line: &str) -> Option<&str> {
    let run = line
        .strip_prefix("Run task ")
        .and_then(|rest| rest.split_once(" ("));
    let runs = line
        .strip_prefix("Task ")
        .and_then(|rest| rest.split_once(" runs "));
    run.or(runs).map(|(name, _)| name)
}

fn checked(story: &Story) -> String {
    let tasks = Task::all(story);
    let schedule = Schedule::of(story, &tasks);
    let workers = count(schedule.pids.len(), "worker");
    let most = schedule.most_at_once;
    format!(
        "{workers}, by their PIDs, none of them the parent; {most} tasks at once, never more than \
         {WORKERS}; each task ended after it began, each worker did one at a time; the printed \
         seconds are about what passed between the two lines; the last line came after the last \
         task's"
    )
}

fn why_missing(story: &Story, line: &str) -> Option<String> {
    let mut ends = story.children().filter_map(|child| child.status);
    let killed = ends.find(|status| status.signal().is_some());
    if RUN.contains(&line) && story.came(&RUN) == 0 {
        Some(why_no_task(story, killed.is_some()))
    } else if RUN.contains(&line) {
        Some("Was every task submitted, range(5)?".to_owned())
    } else if !RUNS.contains(&line) {
        None
    } else if let Some(status) = killed {
        Some(format!(
            "A worker {}: a task dies with its worker.",
            how_it_ended(status)
        ))
    } else {
        Some(format!(
            "Did the task fail after its first line? {SILENT} Or is its last print left out?"
        ))
    }
}

fn why_no_task(story: &Story, killed: bool) -> String {
    let done = story.find(DONE);
    let lives = |done: &Told| {
        story
            .children()
            .all(|child| child.at.is_none_or(|at| at > done.at))
    };
    if killed {
        "No task began. A signal ended the workers: does p.terminate(), or the end of a `with \
         Pool(...)` block, come before p.close() and p.join()?"
            .to_owned()
    } else if done.is_some_and(lives) {
        format!("No task began. {NO_JOIN}")
    } else {
        format!(
            "No task began. Is a comma missing in args=(i,)? Is the task a lambda, or was none \
             submitted? {SILENT}"
        )
    }
}

/// Why a pool is not waited for.
const NO_JOIN: &str = "Was p.join() left out (of an executor: shutdown(), or its `with` block)?";

/// Where an exception in a task is seen.
const SILENT: &str = "Python shows a task's exception only to who asks for its result: keep r = \
                      p.apply_async(...), then call r.get() after the loop.";

fn why_endless(story: &Story) -> &'static str {
    match (story.came(&RUN), story.came(&RUNS)) {
        (_, 5) => "All tasks ended, and still it waits: was p.close() left out?",
        (0, _) => "No task ever began: are the workers running?",
        _ if a_worker_ended(story, |status| status.signal().is_some()) => {
            "A worker was killed, and the pool waits for the end of its task for ever."
        }
        _ if a_worker_ended(story, |status| !status.success()) => {
            "A worker exited, and the pool waits for the end of its task for ever."
        }
        (started, ended) if started > ended => {
            "A task does not end: does it wait for something, or only need more time?"
        }
        _ => "Some tasks were never begun: did a worker die without being replaced?",
    }
}

/// Whether a worker ended so, long before the end, when compare kills all.
fn a_worker_ended(story: &Story, how: fn(ExitStatus) -> bool) -> bool {
    let end = story.transcript.lasted().unwrap_or_default();
    story.children().any(|child| {
        child.status.is_some_and(how)
            && child.at.is_some_and(|at| at + Duration::from_secs(1) < end)
    })
}

/// The last line must not come while tasks are running or waiting.
fn done_too_early(check: &mut Check, tasks: &[Task]) -> bool {
    let Some(done) = check.story.find(DONE) else {
        return false;
    };
    let open = tasks.iter().filter(|task| !task.had_ended(done.index));
    let (running, waiting): (Vec<&Task>, Vec<_>) = open.partition(|t| t.had_begun(done.index));
    let last = check.story.told.last();
    let went_on =
        last.is_some_and(|last| last.index > done.index && last.expected.speaker == "worker");
    let cut_off = running.len() + waiting.len() >= 2 && !running.is_empty();
    if !went_on && !cut_off && waiting.len() < tasks.len() {
        return false;
    }
    let how = how_workers_ended(check.story, done);
    if how == Some(Workers::ByThemselves) {
        // Somebody waited for them: the tasks failed, or were never given to them.
        return false;
    }
    let states = [(running, "running"), (waiting, "still to begin")];
    let states = states.iter().filter(|(tasks, _)| !tasks.is_empty());
    let states = states.map(|(tasks, state)| format!("{} {state}", tasks_are(tasks)));
    let states: Vec<_> = states.collect();
    let what = format!("{} came while {}.", check.quote(done), and(&states));
    check.explains(&RUN);
    check.explains(&RUNS);
    let cause = match how {
        Some(_) => {
            "The workers were ended by a signal: was p.terminate() called in place of p.close() \
             and p.join()? The end of a `with Pool(...)` block calls it too: then call p.close() \
             and p.join() inside the block."
        }
        None if check.story.children().count() > 2 * WORKERS => {
            "Is the pool made in the loop, one for each task? Only the last one is joined."
        }
        None => NO_JOIN,
    };
    check.differs(what, cause);
    true
}

/// All tasks have ended when the last line comes, and no worker has: nobody waited for
/// the workers.
fn workers_live_on(check: &mut Check) {
    let story = check.story;
    let Some(done) = story.find(DONE) else { return };
    let is_worker = |told: &&Told| told.expected.speaker == "worker" && told.index < done.index;
    let mut workers = story.told.iter().filter(is_worker).peekable();
    let any = workers.peek().is_some();
    if any && workers.all(|task| story.had_ended(task, done) == Some(false)) {
        let what = format!("{} came while all workers were running.", check.quote(done));
        let cause = "A pause (time.sleep) and the results (r.get()) wait for the tasks, not for \
                     the workers.";
        check.differs(what, format!("{NO_JOIN} {cause}"));
    }
}

/// How workers had ended.
#[derive(PartialEq)]
enum Workers {
    ByThemselves,
    BySignal,
}

/// How the workers had ended when this line came; None when one still ran, or
/// none was seen.
fn how_workers_ended(story: &Story, line: &Told) -> Option<Workers> {
    let is_task = |told: &&Told| told.expected.speaker == "worker" && told.pid.is_some();
    let mut tasks = story.told.iter().filter(is_task);
    if tasks.any(|task| story.had_ended(task, line) != Some(true)) {
        return None;
    }
    let ended = |child: &&ProcessEnd| child.at.is_some_and(|at| at <= line.at);
    let mut ended = story.children().filter(ended).peekable();
    ended.peek()?;
    let by_signal = |child: &ProcessEnd| child.status.is_some_and(|s| s.signal().is_some());
    match ended.any(by_signal) {
        true => Some(Workers::BySignal),
        false => Some(Workers::ByThemselves),
    }
}

fn tasks_are(tasks: &[&Task]) -> String {
    let numbers: Vec<_> = tasks.iter().map(|task| task.number).collect();
    match numbers.as_slice() {
        [one] => format!("task {one} was"),
        all => format!("tasks {} were", and(all)),
    }
}

/// The first line of each task comes when it ends.
fn begun_late(check: &mut Check, tasks: &[Task]) -> bool {
    const AT_ONCE: Duration = Duration::from_millis(50);
    let late = |task: &&Task| match (task.run, task.runs) {
        (Some(run), Some(runs)) => {
            let slept = runs.seconds.is_some_and(|seconds| seconds > SEEN_LATE);
            slept && runs.at < run.at + AT_ONCE
        }
        _ => false,
    };
    let mut all = tasks.iter().filter(late);
    let Some(first) = all.next().filter(|_| all.count() + 2 >= tasks.len()) else {
        return false;
    };
    if check.story.writers == Writers::HandedOn {
        return true;
    }
    if let (Some(run), Some(runs)) = (first.run, first.runs) {
        let (run, runs) = (check.quote(run), check.quote(runs));
        let what = format!("{runs} came at once after {run}, and so did that of each task.");
        check.differs(
            what,
            "Is the first line printed after the sleep, not before it?",
        );
    }
    true
}

fn own_order(check: &mut Check) {
    for (run, runs) in RUN.iter().zip(RUNS) {
        let cause = "A task cannot end before it begins: are its prints swapped?";
        check.before(run, runs, cause);
    }
}

fn workers(check: &mut Check, tasks: &[Task]) {
    match wrong_schedule(check.story, tasks) {
        Some((what, cause)) => check.differs(what, cause),
        None => {
            one_task_a_worker(check, tasks);
            waiting_too_late(check, tasks);
        }
    }
}

/// What is wrong with the processes that ran the tasks, and the likely cause.
fn wrong_schedule(story: &Story, tasks: &[Task]) -> Option<(String, String)> {
    let schedule = Schedule::of(story, tasks);
    let started = story.children().count();
    let parent = story.find(PARENT).and_then(|parent| parent.pid);
    let in_parent = parent.is_some_and(|parent| schedule.pids.contains(&parent));
    let one_by_one = schedule.most_at_once == 1;
    // A worker that starts late, and a short sleep, leave one without a task.
    let waited = waited_before_the_line(story, tasks);
    let kept_waiting = schedule.waited > SLACK || waited;
    let too_few = has_too_few_processes(story, &schedule);
    let (what, cause) = match schedule.pids.len() {
        0 => return None,
        1 if in_parent && one_by_one => (
            "The tasks ran in the parent process, one after the other.",
            "Was long_time_task called directly, without a pool?",
        ),
        1 if in_parent && started > 0 => (
            "The tasks print the PID of the parent.",
            "Processes were started, so it is the PID of another: is it os.getppid() in place of \
             os.getpid()?",
        ),
        1 if in_parent => (
            "The tasks ran in the parent process, several at once.",
            "Were threads used in place of processes (ThreadPool)?",
        ),
        _ if in_parent => (
            "Some tasks ran in the parent process.",
            "Was a task called directly, rather than given to the pool?",
        ),
        1 if !one_by_one => (
            "The tasks ran in one process, several at once.",
            "Were threads used in place of processes?",
        ),
        1 if (kept_waiting || too_few) && !waited => (
            "The tasks ran in one process, one after the other.",
            "Does the pool have 1 process in place of 4?",
        ),
        _ if one_by_one && kept_waiting && loop_went_on(story) => (
            "The tasks ran one after the other, never two at once.",
            "The loop went on, so the tasks wait for each other: is there a lock around the task?",
        ),
        _ if one_by_one && kept_waiting => (
            "The tasks ran one after the other, never two at once.",
            "Does the loop wait for each task: is .get() called in it, or p.apply() used in place \
             of p.apply_async()?",
        ),
        number if number < WORKERS && started >= WORKERS => {
            let (late, idle) = given_to_a_busy_worker(tasks)?;
            let what = format!(
                "Task {} began only when its worker had ended another, while the worker of task \
                 {} had nothing to do.",
                late.number, idle.number
            );
            let cause = "Was one given several tasks at once (map with a chunksize)?";
            return Some((what, cause.to_owned()));
        }
        number if number < WORKERS && (kept_waiting || too_few) => {
            let (most, waited) = (schedule.most_at_once, Seconds(schedule.waited));
            let what = format!(
                "The tasks ran on {number} processes: never more than {most} at once, and others \
                 waited for {waited}."
            );
            let cause = format!("Does the pool have {number} in place of 4?");
            return Some((what, cause + &no_number(number)));
        }
        number if number > WORKERS => {
            let what = format!("The tasks ran on {number} processes; a pool of 4 has 4.");
            let cause = match started > 2 * WORKERS {
                true => "Is the pool made in the loop, one for each task?",
                false => {
                    "Does the pool have 5 or more, does a worker end too early, or is there a \
                     process for each task?"
                }
            };
            return Some((what, format!("{cause}{}", no_number(cores().max(number)))));
        }
        _ => return None,
    };
    Some((what.to_owned(), cause.to_owned()))
}

/// A task that waited for its worker, and the last task of another worker that had long
/// been free: a pool would have given it the task.
fn given_to_a_busy_worker<'t, 's>(tasks: &'t [Task<'s>]) -> Option<(&'t Task<'s>, &'t Task<'s>)> {
    let is_free = |idle: &Task, at: Duration| {
        let ended = idle.runs.map(|runs| runs.at);
        let begun = |task: &Task| task.run.map(|run| run.index);
        let next = |task: &Task| task.pid() == idle.pid() && begun(task) > begun(idle);
        ended.is_some_and(|ended| ended + SLACK < at) && !tasks.iter().any(next)
    };
    tasks.iter().find_map(|late| {
        let at = late.run?.at;
        let others = tasks.iter().filter(|idle| idle.pid() != late.pid());
        Some((late, others.into_iter().find(|idle| is_free(idle, at))?))
    })
}

/// Whether the parent printed that it waits before the second task began.
fn loop_went_on(story: &Story) -> bool {
    let begun = RUN.iter().filter_map(|line| Some(story.find(line)?.index));
    let mut begun: Vec<usize> = begun.collect();
    begun.sort();
    let waiting = story.find(WAITING).map(|waiting| waiting.index);
    waiting.is_some() && waiting < begun.get(1).copied()
}

/// Whether the ends of all workers were seen, and the program had fewer
/// processes than a pool of 4: however short the tasks, that is no such pool.
fn has_too_few_processes(story: &Story, schedule: &Schedule) -> bool {
    let seen: Vec<u32> = story.children().map(|child| child.pid).collect();
    schedule.pids.iter().all(|pid| seen.contains(pid)) && seen.len() < WORKERS
}

/// The parent prints that it waits before all tasks have ended.
fn waiting_too_late(check: &mut Check, tasks: &[Task]) {
    if waited_before_the_line(check.story, tasks) {
        let what = format!("`{WAITING}` came when all tasks had ended.");
        let cause = "Was p.map() used, which waits for all tasks, or is this line printed after \
                     .get() or p.join()?";
        check.differs(what, cause);
    }
}

/// Whether all tasks had ended when the parent printed that it waits. Tasks that
/// end at once do not count.
fn waited_before_the_line(story: &Story, tasks: &[Task]) -> bool {
    const LONG: Duration = Duration::from_millis(500);
    let first = tasks.iter().filter_map(|task| Some(task.run?.at)).min();
    let (Some(waiting), Some(first)) = (story.find(WAITING), first) else {
        return false;
    };
    tasks.iter().all(|task| task.had_ended(waiting.index))
        && waiting.at > first + LONG
        && !story.transcript.was_late(first, waiting.at)
}

/// What is to be said of Pool() without a number, where that may be the cause.
fn no_number(number: usize) -> String {
    match cores() == number && number != WORKERS {
        true => format!(
            " Pool() without a number takes one process for each core, and this machine has \
             {number}."
        ),
        false => String::new(),
    }
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// A process runs its lines in order, so this holds whatever the others do.
fn one_task_a_worker(check: &mut Check, tasks: &[Task]) {
    for later in tasks {
        let Some(begins) = later.run else { continue };
        let busy = tasks.iter().find(|task| {
            task.number != later.number
                && task.pid() == later.pid()
                && task.run.is_some_and(|run| run.index < begins.index)
                && task.runs.is_some_and(|runs| runs.index > begins.index)
        });
        if let Some(busy) = busy {
            let (begins, busy) = (check.quote(begins), busy.number);
            let what = format!("{begins} came while task {busy} was running in the same process.");
            check.differs(what, "Does a worker run tasks in threads?");
        }
    }
}

/// The time that a task prints is the time between its two lines.
fn durations_are_true(check: &mut Check, tasks: &[Task]) -> bool {
    let story = check.story;
    let before = check.differences();
    for task in tasks {
        let (Some(run), Some(runs)) = (task.run, task.runs) else {
            continue;
        };
        let Some(printed) = runs.seconds.filter(|_| !runs.misspelt) else {
            continue;
        };
        let late = story.transcript.late(run.at, runs.at).as_secs_f64();
        let waited = runs.at.saturating_sub(run.at).as_secs_f64();
        let cause = if printed > waited + SEEN_LATE {
            "Is the time drawn rather than measured, or in another unit? Or is output held back?"
        } else if printed < waited - late - SLACK.as_secs_f64() {
            "Is the time taken before the sleep and again after it?"
        } else if printed > LONGEST_SLEEP + late + SLACK.as_secs_f64() {
            "It should sleep a random time under 3 seconds."
        } else {
            continue;
        };
        let (first, then) = (check.quote(run), check.quote(runs));
        let what = format!("{then} came {waited:.2} s after {first}.");
        check.differs(what, cause);
    }
    check.differences() == before
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
    let what = format!("{number} tasks took the same time, {slept:.2} s.");
    let cause = if slept < 0.02 {
        "Was the sleep left out (time.sleep(random.random() * 3))?"
    } else {
        "Is the sleep random? Children forked with one random generator all draw the same."
    };
    check.differs(what, cause);
}
