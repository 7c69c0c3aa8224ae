//! Wrong programs, and the words that compare must say of them; and right ones
//! in other styles, which it must not call wrong.
//!
//! Most wrong ones are their chapter's `notes.py` with a few edits. One that is
//! no edit is a file in the folder `wrong`.
//!
//! The tables are laid out by hand: an edit a line, then the words.

mod tool;

use std::fs;
use std::path::Path;
use std::process::Output;
use std::thread;

use compare::Chapter;

use tool::{NO_PROGRAMS, compare, errors, finish, fixture, folder, python, text};

/// How many programs are tried at once.
const AT_ONCE: usize = 6;

/// A wrong program, and the words that compare must say of it.
struct Wrong {
    program: Program,
    words: &'static [&'static str],
    /// In seconds.
    timeout: &'static str,
}

enum Program {
    /// The notes with these edits.
    Edited(&'static [Edit]),
    /// A file in the folder `wrong`.
    File(&'static str),
}

/// A text that the notes have once, and what replaces it.
type Edit = (&'static str, &'static str);

fn edited(edits: &'static [Edit], words: &'static [&'static str]) -> Wrong {
    wrong(Program::Edited(edits), words)
}

fn file(name: &'static str, words: &'static [&'static str]) -> Wrong {
    wrong(Program::File(name), words)
}

fn wrong(program: Program, words: &'static [&'static str]) -> Wrong {
    let timeout = "10";
    Wrong {
        program,
        words,
        timeout,
    }
}

/// A program that waits for ever is killed after four seconds.
fn endless(wrong: Wrong) -> Wrong {
    let timeout = "4";
    Wrong { timeout, ..wrong }
}

/// The pool's and the queue's sleeps, made shorter. No two tasks sleep as long: four
/// that do, by chance, are another mistake.
const SHORT_TASKS: Edit = ("random.random() * 3", "0.1 + 0.07 * name");
const HALF_SECOND_TASKS: Edit = ("random.random() * 3", "0.3 + 0.07 * name");
const LONGER_TASKS: Edit = ("random.random() * 3", "0.6 + 0.07 * name");
const SHORT_PAUSES: Edit = ("random.random()", "random.uniform(0.1, 0.3)");

const IMPORT_THREAD: Edit = ("import os\n", "import os\nfrom threading import Thread\n");
const IMPORT_TIME: Edit = ("import os\n", "import os\nimport time\n");
const NO_JOIN: Edit = ("    p.join()\n", "");

/// Lines of the notes.
const START_AND_JOIN: &str = "    p.start()\n    p.join()\n";
const CLOSE_AND_JOIN: &str = "    p.close()\n    p.join()\n";
const SUBMIT: &str = "    for i in range(5):\n        p.apply_async(long_time_task, args=(i,))\n";

#[test]
#[rustfmt::skip]
fn processes() {
    try_all(Chapter::ProcessBasic, &[
        // The function is called in the parent.
        edited(&[(START_AND_JOIN, "    run_proc(\"test\")\n")], &["Was run_proc called directly"]),
        edited(&[("Child process end", "child process end")], &["Capital letters count."]),
        // A child outlives the program.
        edited(&[("import os\n", "import os\nimport subprocess\n"),
                 ("end.\")", "end.\")\n    subprocess.Popen([\"/bin/sleep\", \"600\"])")],
            &["left 1 process running", "Was join"]),
        // stdout is closed before the end.
        edited(&[IMPORT_TIME,
                 ("    print(\"Child process end.\")",
                  "    os.close(1)\n    time.sleep(1)\n    os._exit(0)")],
            &["It closed stdout at", "is lost"]),
        // A line is printed twice.
        edited(&[("end.\")", "end.\")\n    print(\"Child process end.\")")],
            &["Line 4 `Child process end.` comes twice."]),
        // A second child.
        edited(&[("    p.join()\n",
                  "    p.join()\n    p = Process(target=run_proc, args=(\"second\",))\n    \
                   p.start()\n    p.join()\n")],
            &["`Run child process second (", "starts one child, \"test\": is there one more"]),
        // The program fails.
        edited(&[("    p = Process", "    raise ValueError(\"no child today\")\n    p = Process")],
            &["exit code 1", "ValueError: no child today"]),
        // A line that nobody expects.
        edited(&[("end.\")", "end.\")\n    print(\"Goodbye.\")")],
            &["Line 5 `Goodbye.` is not a line of this chapter."]),
        // A signal ends the program.
        edited(&[("    p = Process", "    os.kill(os.getpid(), 11)\n    p = Process")],
            &["It was ended by signal 11 (SIGSEGV)."]),
        // A line is left out.
        edited(&[("    print(\"Child process end.\")\n", "")],
            &["`Child process end.` is missing.", "left out?"]),
        edited(&[("Child process will start.", "Chidl process wil start.")],
            &["should be `Child process will start.`"]),
        // join is left out, and the child is slow.
        edited(&[IMPORT_TIME, ("(name):\n", "(name):\n    time.sleep(0.5)\n"), NO_JOIN],
            &["Was p.join() left out"]),
        file("no_main_guard.py",
            &["its bootstrapping phase.`", "is `if __name__ == \"__main__\"` left out?"]),
        edited(&[(START_AND_JOIN, "")], &["Was p.start() left out?"]),
        file("not_flushed.py", &["comes twice", "Flush before the fork."]),
        // join is left out. The child is as fast as in the notes.
        edited(&[NO_JOIN], &["Was p.join() left out"]),
        // A tuple of one argument without its comma.
        edited(&[("(\"test\",)", "(\"test\")")],
            &["run_proc() takes 1 positional argument", "Is a comma missing?"]),
        // run calls the function in the parent.
        edited(&[("p.start()", "p.run()")],
            &["p.run() in place of p.start()", "can only join a started process"]),
        edited(&[("    p.start()\n", "    p.start()\n    p.start()\n")],
            &["cannot start a process twice", "Was start() called twice?"]),
        edited(&[(START_AND_JOIN, "    p.join()\n    p.start()\n")],
            &["Was p.start() left out before p.join()"]),
        // start returns nothing.
        edited(&[("args=(\"test\",))", "args=(\"test\",)).start()"), ("    p.start()\n", "")],
            &["start() returns nothing"]),
        // The call's result is given in place of the function.
        edited(&[("target=run_proc, args=(\"test\",)", "target=run_proc(\"test\")")],
            &["in 1 point", "has the PID of the parent", "target=run_proc(\"test\") in place"]),
        // The child is killed before it prints.
        edited(&[IMPORT_TIME,
                 ("(name):\n", "(name):\n    time.sleep(5)\n"),
                 ("    p.join()\n", "    p.terminate()\n    p.join()\n")],
            &["ended by signal 15 (SIGTERM)", "was it killed"]),
        // The line is in a buffer when the child ends.
        edited(&[("(name):\n", "(name):\n    sys.stdout.reconfigure(line_buffering=False)\n"),
                 ("import os\n", "import os\nimport sys\n"),
                 ("...\")", "...\")\n    os._exit(0)")],
            &["still in stdout's buffer", "flush it"]),
        // The child raises before it prints.
        edited(&[("(name):\n", "(name):\n    name + 1\n")],
            &["is missing", "stderr says: `TypeError: can only concatenate str"]),
        // The PID is asked in the parent.
        edited(&[("({os.getpid()})...", "({os.getppid()})...")],
            &["A process was started", "os.getppid()?"]),
        edited(&[("f\"Run child", "\"Run child")], &["Is the f before the string left out"]),
        edited(&[("f\"Parent process {os.getpid()}.\"", "\"Parent process %s.\", os.getpid()")],
            &["a comma in place of the %"]),
        edited(&[("__main__", "__mian__")], &["printed nothing", "misspelt?"]),
        edited(&[("import os\n", "import os\nimport sys\nsys.stdout = sys.stderr\n")],
            &["It prints to stderr: the lines belong on stdout."]),
        edited(&[("end.\")", "end.\\r\")")], &["ends with \\r\\n", "Windows line end"]),
        edited(&[("import os\n",
                  "import os\nimport sys\nsys.stdout.reconfigure(newline=\"\\r\\n\")\n")],
            &["So do 3 more.", "Windows line end"]),
        edited(&[("import os\n",
                  "import os\nimport sys\nsys.stdout.reconfigure(encoding=\"utf-16\")\n")],
            &["not UTF-8 text", "in another encoding (UTF-16, GBK)?"]),
        edited(&[("import os\n",
                  "import os\nimport sys\nsys.stdout.reconfigure(encoding=\"utf-8-sig\")\n")],
            &["byte order mark"]),
        edited(&[("import os\n",
                  "import os\nimport sys\nsys.stdout.reconfigure(encoding=\"gbk\")\n"),
                 ("Child process end.", "Child process end。")],
            &["line 4", "in another encoding (UTF-16, GBK)?"]),
        edited(&[("Child process end.", "Child process end。")], &["the character `。`"]),
        edited(&[("Child process end.", "Child process end. ")], &["a space too many"]),
        // The child starts before the parent says so.
        edited(&[("    print(\"Child process will start.\")\n", ""),
                 ("    p.join()\n", "    p.join()\n    print(\"Child process will start.\")\n")],
            &["came before line 3", "Was p.start() called"]),
        edited(&[IMPORT_THREAD, ("= Process(", "= Thread(")],
            &["in a thread, rather than in a process?"]),
        // A thread starts the child, and nobody waits for it.
        edited(&[IMPORT_THREAD,
                 (START_AND_JOIN,
                  "    starter = Thread(target=p.start)\n    starter.start()\n    starter.join()\n")],
            &["Was p.join() left out"]),
        // A short sleep is no join: the lines are in order, the end is not.
        edited(&[IMPORT_TIME, ("    p.join()\n", "    time.sleep(0.03)\n")],
            &["Was p.join() left out"]),
        // The parentheses are left out.
        edited(&[("p.join()", "p.join")], &["Was p.join() left out"]),
        edited(&[("p.start()", "p.start")], &["Was p.start() left out"]),
        edited(&[("p.join()", "p.join(0.01)"),
                 ("(name):\n", "(name):\n    import time; time.sleep(0.5)\n")],
            &["Was p.join() left out", "time limit"]),
        edited(&[("(\"test\",)", "(\"test\",), daemon=True"), NO_JOIN], &["p.join() left out"]),
        edited(&[(START_AND_JOIN,
                  "    for p in [p, Process(target=run_proc, args=(\"test\",))]:\n        \
                   p.start()\n        p.join()\n")],
            &["comes twice", "started twice?"]),
        edited(&[("...\")", "...\")\n    raise ValueError(name)")],
            &["ended with exit code 1", "ValueError: test"]),
        edited(&[("target=run_proc, args=(\"test\",)", "run_proc, (\"test\",)")],
            &["group argument must be None"]),
        edited(&[("(\"test\",)", "\"test\"")], &["Is a comma missing?"]),
        edited(&[(", args=(\"test\",)", "")],
            &["missing 1 required positional argument", "Was args left out"]),
        edited(&[("    p.join()\n    print(\"Child process end.\")\n",
                  "    print(\"Child process end.\")\n    p.join()\n")],
            &["p.join()"]),
        edited(&[("({os.getpid()})...", "{os.getpid()}...")],
            &["should be `Run child process test ("]),
        edited(&[("Parent process {os.getpid()}", "Parent process {os.getpid}")], &["parentheses"]),
        // What no chapter would do.
        file("daemon.py", &["left 1 process running, which had to be killed"]),
        file("megabyte_line.py", &["It has 1000000 bytes"]),
        endless(file("never_ends.sh", &["It was still running after 4 s, and was ended."])),
        file("not_text.py", &["bytes that are not UTF-8 text"]),
        file("one_line_without_end.py", &["It printed more and more, and was ended."]),
        file("prints_nothing.sh", &["It printed nothing. It ended with exit code 0."]),
        file("reads_stdin.py", &["reads stdin, which is empty here."]),
        file("without_end.sh", &["comes 1000 times", "loop that does not end?"]),
    ]);
}

#[test]
#[rustfmt::skip]
fn pools() {
    try_all(Chapter::ProcessPool, &[
        edited(&[LONGER_TASKS, ("Pool(4)", "Pool(8)")], &["ran on 5 processes", "5 or more"]),
        edited(&[SHORT_TASKS, ("range(5)", "range(4)")],
            &["are missing", "every task submitted, range(5)?"]),
        // The printed time is not what the task slept.
        edited(&[SHORT_TASKS, ("{end - start:.2f}", "{random.random() * 3 + 1:.2f}")],
            &["drawn rather than measured"]),
        edited(&[SHORT_TASKS, ("p.apply_async(long_time_task, args=(i,))", "long_time_task(i)")],
            &["in the parent process", "called directly"]),
        edited(&[SHORT_TASKS, ("    p.close()\n", "")],
            &["Was p.close() left out before p.join()?"]),
        edited(&[("random.random() * 3", "random.uniform(1.5, 1.8)"),
                 ("    p.join()\n", "    time.sleep(1)\n")],
            &["were running", "Was p.join() left out"]),
        // apply waits for each task.
        edited(&[HALF_SECOND_TASKS, ("p.apply_async(", "p.apply(")],
            &["never two at once", "p.apply() used in place of"]),
        edited(&[HALF_SECOND_TASKS, ("Pool(4)", "Pool(1)")],
            &["Does the pool have 1 process in place of 4?"]),
        // So does one in which a task fails.
        edited(&[("Pool(4)", "Pool(1)"),
                 ("    time.sleep(random.random() * 3)\n",
                  "    time.sleep(0.5)\n    if name == 2:\n        raise ValueError\n")],
            &["one after the other", "Did the task fail after its first line?"]),
        // The lesson's tasks with a string.
        edited(&[("random.random() * 3", "0.3"), ("range(5)", "\"ABCDE\"")],
            &["in 1 point", "The tasks have the names", "range(5)"]),
        // Python's pool does not notice.
        edited(&[("    time.sleep(random.random() * 3)\n",
                  "    time.sleep(0.5)\n    if name == 2:\n        os.kill(os.getpid(), 9)\n")],
            &["It was still running", "A worker was killed, and the pool waits"]),
        // All workers draw the same random number.
        edited(&[("    time.sleep(random.random() * 3)\n",
                  "    random.seed(7)\n    drawn = random.random()\n    time.sleep(drawn)\n"),
                 ("{end - start:.2f}", "{drawn:.2f}")],
            &["5 tasks took the same time", "Is the sleep random?"]),
        // The time is taken after the sleep.
        edited(&[("    time.sleep(random.random() * 3)\n",
                  "    time.sleep(random.uniform(1.2, 1.8))\n    start = time.time()\n")],
            &["Is the time taken before the sleep"]),
        edited(&[SHORT_TASKS,
                 ("import os\n", "import os\nfrom multiprocessing.pool import ThreadPool\n"),
                 ("= Pool(4)", "= ThreadPool(4)")],
            &["Were threads used in place of processes"]),
        edited(&[LONGER_TASKS, ("Pool(4)", "Pool(2)")], &["Does the pool have 2 in place of 4?"]),
        // The tasks are too short to be seen waiting.
        edited(&[SHORT_TASKS, ("Pool(4)", "Pool(2)")], &["Does the pool have 2 in place of 4?"]),
        // The main guard is left out, and each child runs the whole file.
        edited(&[("import os\n",
                  "import os\nfrom multiprocessing import set_start_method\n\
                   set_start_method(\"spawn\", force=True)\n"),
                 ("if __name__ == \"__main__\":", "if True:")],
            &["`if __name__ == \"__main__\"` left out?", "the same as in point"]),
        // A tuple of one argument without its comma; Python shows no error.
        edited(&[("args=(i,)", "args=(i)")],
            &["No task began.", "Is a comma missing in args=(i,)?"]),
        edited(&[("apply_async(long_time_task,", "apply_async(lambda i: long_time_task(i),")],
            &["No task began.", "Is the task a lambda?"]),
        // The tasks fail; Python shows no error.
        edited(&[SHORT_TASKS, ("    end = ", "    start + \"s\"\n    end = ")],
            &["Did the task fail", "r.get()"]),
        edited(&[("    time.sleep(random.random() * 3)\n", "")],
            &["0.00 s", "Was the sleep left out"]),
        edited(&[HALF_SECOND_TASKS, ("args=(i,))", "args=(i,)).get()")],
            &["never two at once", ".get() called in it"]),
        edited(&[HALF_SECOND_TASKS, (SUBMIT, "    p.map(long_time_task, range(5))\n")],
            &["came when all tasks had ended", "Was p.map() used"]),
        // The results are taken before the line is printed.
        edited(&[HALF_SECOND_TASKS,
                 (SUBMIT,
                  "    rs = [p.apply_async(long_time_task, args=(i,)) for i in range(5)]\n    \
                   [r.get() for r in rs]\n")],
            &["came when all tasks had ended", "after .get() or p.join()"]),
        // The end of the block terminates the pool.
        edited(&[("random.random() * 3", "random.uniform(1.0, 1.3)"),
                 ("    p = Pool(4)\n    for", "    with Pool(4) as p:\n     for"),
                 (CLOSE_AND_JOIN, "")],
            &["`with Pool(...)` block", "p.close() and p.join() inside"]),
        edited(&[NO_JOIN], &["Was p.join() left out"]),
        edited(&[SHORT_TASKS, ("    for i", "    p.close()\n    for i")],
            &["Was p.close() called before p.apply_async()?"]),
        edited(&[SHORT_TASKS, (CLOSE_AND_JOIN, "    p.join()\n    p.close()\n")],
            &["Was p.close() left out before p.join()?"]),
        edited(&[("random.random() * 3", "time.sleep(0.1)")], &["Did the task fail"]),
        // It waits until the workers end, which they do only after close.
        endless(edited(&[SHORT_TASKS,
                         ("import os\n", "import multiprocessing\nimport os\n"),
                         (CLOSE_AND_JOIN, "    while multiprocessing.active_children():\n        \
                                           time.sleep(0.1)\n")],
            &["after 4 s", "was p.close() left out?"])),
        edited(&[SHORT_TASKS,
                 ("p.apply_async(long_time_task, args=(i,))", "p.apply_async(long_time_task(i))")],
            &["in the parent process", "called directly"]),
        edited(&[("random.random() * 3", "1")], &["took the same time", "Is the sleep random?"]),
        edited(&[SHORT_TASKS, ("range(5)", "range(1, 6)")], &["`Run task 0 (…)...`", "range(5)"]),
        edited(&[SHORT_TASKS, ("{end - start:.2f}", "{(end - start) * 1000:.2f}")],
            &["in another unit"]),
        edited(&[SHORT_TASKS, ("{end - start:.2f}", "{end - start}")],
            &["seconds have two decimals"]),
        edited(&[("random.random() * 3", "random.uniform(1.0, 1.3)"),
                 ("p.join()", "p.terminate()")],
            &["p.terminate()"]),
        edited(&[("args=(i,)", "args=i")], &["No task began.", "args=(i,)"]),
        edited(&[("p.join()", "p.join")], &["Was p.join() left out"]),
        edited(&[SHORT_TASKS, ("p.close()", "p.close")], &["Was p.close() left out"]),
        edited(&[HALF_SECOND_TASKS,
                 (SUBMIT, "    p.starmap(long_time_task, [(i,) for i in range(5)])\n")],
            &["came when all tasks had ended", "p.map()"]),
        edited(&[HALF_SECOND_TASKS,
                 ("    print(\"Waiting for all subprocesses done...\")\n", ""),
                 ("    p.join()\n",
                  "    p.join()\n    print(\"Waiting for all subprocesses done...\")\n")],
            &["came when all tasks had ended", "after .get() or p.join()"]),
        edited(&[("random.random() * 3", "random.uniform(4.2, 5)")], &["under 3 seconds"]),
        // No task ran, so nothing is said of the workers.
        edited(&[("Pool(4)", "Pool(0)")], &["must be at least 1", "differs in 1 point"]),
        edited(&[HALF_SECOND_TASKS, ("({os.getpid()})", "({os.getppid()})")],
            &["print the PID of the parent", "os.getppid()"]),
        endless(edited(&[SHORT_TASKS, ("    end = ", "    if name == 2: raise SystemExit(3)\n    end = ")],
            &["A worker exited", "exit code 3"])),
        edited(&[("random.random() * 3", "random.uniform(1.5, 1.8)"),
                 (SUBMIT, "    p.map_async(long_time_task, range(5), chunksize=2)\n")],
            &["It has more: was one given several tasks at once"]),
    ]);
}

#[test]
#[rustfmt::skip]
fn queues() {
    try_all(Chapter::IpcQueue, &[
        edited(&[SHORT_PAUSES,
                 ("        q.put(value)\n",
                  "        if value != \"B\":\n            q.put(value)\n")],
            &["B was put and never got.", "lost on its way"]),
        edited(&[SHORT_PAUSES,
                 ("        q.put(value)\n",
                  "        q.put(value)\n        if value == \"B\":\n            q.put(value)\n")],
            &["`Get B from queue.` comes twice."]),
        edited(&[SHORT_PAUSES, ("\"C\"]", "\"C\", \"D\"]")],
            &["`Put D to queue...`", "The items are A, B and C: is there one more"]),
        // Nobody tells the reader that nothing more comes.
        endless(edited(&[SHORT_PAUSES, ("    q.put(None)\n", "")],
            &["The reader waits for an item that never comes"])),
        // None is put before the writer has ended.
        edited(&[("random.random()", "random.uniform(0.4, 0.6)"),
                 ("    pw.join()\n    q.put(None)\n", "    q.put(None)\n    pw.join()\n")],
            &["the reader came to its end before", "None put, before pw.join()?"]),
        // As Rust's queue, which takes nothing once it is closed.
        edited(&[("random.random()", "0.5"),
                 ("    pw.join()\n    q.put(None)\n",
                  "    time.sleep(0.25)\n    q.put(None)\n    pw.join()\n"),
                 ("        q.put(value)\n",
                  "        if value == \"B\":\n            raise ValueError(\"nothing more can be put \
                   into the queue\")\n        q.put(value)\n")],
            &["B could not be put, and C never put: the reader came to its end before"]),
        // The reader takes an empty queue for the end.
        edited(&[("random.random()", "random.uniform(0.4, 0.6)"),
                 ("    while (value := q.get()) is not None:\n",
                  "    time.sleep(0.1)\n    while not q.empty():\n        value = q.get()\n")],
            &["B and C were put and never got", "empty for a moment?"]),
        // A queue for threads.
        endless(edited(&[SHORT_PAUSES,
                         ("from multiprocessing import Process, Queue\n",
                          "from multiprocessing import Process\nfrom queue import Queue\n")],
            &["not queue.Queue"])),
        edited(&[("        time.sleep(random.random())\n", "")], &["Was the sleep left out"]),
        edited(&[("target=write, args=(q,)", "target=write, args=(q)")],
            &["is not iterable", "Is a comma missing?"]),
        endless(edited(&[SHORT_PAUSES,
                         ("    pw.start()\n    pr.start()\n    pw.join()\n    q.put(None)\n    \
                          pr.join()\n",
                          "    pr.start()\n    pr.join()\n")],
            &["The writer never began", "pw.start()"])),
        // The reader starts when the writer has ended.
        edited(&[("random.random()", "random.uniform(0.4, 0.6)"),
                 ("    pr.start()\n    pw.join()\n", "    pw.join()\n    pr.start()\n")],
            &["Was pw.join() called before pr.start()?"]),
        // The reader is killed before the last item.
        edited(&[("random.random()", "0.5"),
                 ("from queue.\")\n", "from queue.\")\n        time.sleep(60)\n"),
                 ("    q.put(None)\n", "    pr.terminate()\n")],
            &["never got.", "ended before the last item"]),
        file("stack.py", &["A queue keeps the order: is it a stack"]),
        edited(&[SHORT_PAUSES,
                 IMPORT_THREAD,
                 ("pw = Process(", "pw = Thread("),
                 ("pr = Process(", "pr = Thread(")],
            &["Were threads used in place of processes?"]),
        file("torn.sh", &["is several lines in one.", "is the output unbuffered"]),
        edited(&[SHORT_PAUSES,
                 ("while (value := q.get()) is not None:", "for value in [q.get(), q.get()]:")],
            &["C was put and never got"]),
        edited(&[SHORT_PAUSES, ("[\"A\", \"B\", \"C\"]", "[\"a\", \"b\", \"c\"]")],
            &["Capital letters count"]),
        endless(edited(&[SHORT_PAUSES, ("target=read, args=(q,)", "target=read, args=(Queue(),)")],
            &["does it read this queue"])),
        edited(&[SHORT_PAUSES, ("(value := q.get())", "(value := q.get_nowait())")], &["Empty"]),
        edited(&[SHORT_PAUSES, ("        q.put(value)\n", "")], &["never got", "q.put(value)"]),
        endless(edited(&[SHORT_PAUSES,
                         ("    q.put(None)\n    pr.join()\n", "    pr.join()\n    q.put(None)\n")],
            &["The reader waits for an item that never comes"])),
        endless(edited(&[SHORT_PAUSES,
                         ("    while (value := q.get()) is not None:\n",
                          "    while True:\n        value = q.get()\n")],
            &["`Get None from queue.`", "The reader waits for an item that never comes"])),
        edited(&[SHORT_PAUSES, ("q.put(value)", "q.puts(value)")],
            &["has no attribute 'puts'", "differs in 1 point"]),
        edited(&[SHORT_PAUSES, ("pw.start()", "pw.run()"), ("    pw.join()\n", "")],
            &["has the PID of the parent", "Was write called directly"]),
        edited(&[SHORT_PAUSES, ("target=write, args=(q,)", "target=write(q)")],
            &["Was write called directly"]),
        edited(&[SHORT_PAUSES, ("    pr.start()\n", ""), ("    pr.join()\n", "    read(q)\n")],
            &["Was read called directly"]),
        edited(&[SHORT_PAUSES, ("write: {os.getpid()}", "write: {os.getppid()}"),
                 ("read: {os.getpid()}", "read: {os.getppid()}")],
            &["has the writer's PID", "os.getppid()?"]),
        edited(&[SHORT_PAUSES, ("[\"A\", \"B\", \"C\"]", "[1, 2, 3]")],
            &["`Put 1 to queue...` is not a line", "another one?", "There are 5 more like it"]),
        edited(&[SHORT_PAUSES, ("[\"A\", \"B\", \"C\"]", "[\"A\", \"C\"]")], &["one less"]),
        edited(&[SHORT_PAUSES, ("[\"A\", \"B\", \"C\"]", "[\"C\", \"B\", \"A\"]")],
            &["put in another order?", "differs in 2 points"]),
        edited(&[("random.random()", "random.uniform(0.3, 0.4)"),
                 ("    pw.join()\n", "    time.sleep(0.1)\n    pw.kill()\n    pw.join()\n")],
            &["The writer was ended by signal 9 (SIGKILL)", "pw.kill()"]),
        endless(edited(&[SHORT_PAUSES, ("q.put(None)", "q.close()")], &["in Python q.put(None)"])),
    ]);
}

#[test]
#[rustfmt::skip]
fn pipes() {
    try_all(Chapter::IpcPipe, &[
        endless(edited(&[("    conn.send(None)\n", "")], &["was the pipe never closed"])),
        edited(&[IMPORT_TIME,
                 ("    print(f\"Pipe closed", "    time.sleep(0.5)\n    print(f\"Pipe closed"),
                 NO_JOIN],
            &["Was p.join() left out"]),
        // join is left out. The child is as fast as in the notes.
        edited(&[NO_JOIN], &["Was p.join() left out"]),
        endless(edited(&[("p.start()", "p.run()")],
            &["was p.run() called in place of p.start()?"])),
        endless(edited(&[("    p.start()\n", "")], &["Was p.start() left out"])),
        // Both use the same end.
        endless(edited(&[("args=(child_conn,)", "args=(conn,)")],
            &["at the other end of the pipe?"])),
        edited(&[("args=(child_conn,)", "args=(child_conn)")], &["Is a comma missing?"]),
        edited(&[("    p.start()\n", "    p.start()\n    child_conn.send(\"mine\")\n")],
            &["in 1 point", "`Receive mine from pipe.`", "from the child's end"]),
        // The child fails, and the parent waits for its reply.
        endless(edited(&[("word.upper()", "word.uper()")],
            &["stderr says: `AttributeError", "has no attribute 'uper'"])),
        edited(&[("    conn.send(None)\n    p.join()\n", "    p.terminate()\n    p.join()\n")],
            &["ended before it saw the pipe closed"]),
        // The child sends no reply.
        endless(edited(&[("conn.send(reply)", "pass")], &["No reply came through the pipe"])),
        // All words are sent before the first reply is received.
        edited(&[("        reply = conn.recv()\n",
                  "    for _ in range(3):\n        reply = conn.recv()\n")],
            &["without waiting for the reply?"]),
        edited(&[("word.upper()", "word")], &["Was .upper() left out of the reply?"]),
        edited(&[IMPORT_THREAD, ("= Process(", "= Thread(")],
            &["Was a thread used in place of a process?"]),
        endless(edited(&[("    conn.send(None)\n    p.join()\n",
                          "    p.join()\n    conn.send(None)\n")],
            &["The child waits for another word"])),
        edited(&[("[\"hello\", \"world\", \"pipe\"]", "[\"hello\", \"world\"]")],
            &["`Send pipe to pipe...`", "are missing", "word"]),
        edited(&[("\"pipe\"]", "\"pipe\", \"end\"]")],
            &["`Send end to pipe...`", "The words are hello, world and pipe: is there one more"]),
        endless(edited(&[("    while (word := conn.recv()) is not None:\n",
                          "    if word := conn.recv():\n")],
            &["The child ended before the last word"])),
        endless(edited(&[("word.upper()", "word.upper")], &["parentheses"])),
        edited(&[("\"pipe\"]", "\"pipe\", \"rust\"]")],
            &["`Send rust to pipe...` is not a line", "The words are hello, world and pipe"]),
        edited(&[("\"hello\", \"world\"", "\"world\", \"hello\"")], &["Are the words in another order?"]),
        edited(&[("{os.getpid()} is listening", "{os.getppid()} is listening")],
            &["has the PID of the parent", "os.getppid()?"]),
    ]);
}

#[test]
#[rustfmt::skip]
fn threads() {
    const QUICK: Edit = ("time.sleep(1)", "time.sleep(0.01)");
    try_all(Chapter::ThreadingBasic, &[
        edited(&[("n < 5", "n < 6")], &["`thread LoopThread >>> 6` is not a line"]),
        edited(&[("    t.join()\n", "")], &["Was t.join() left out"]),
        edited(&[QUICK, (", name=\"LoopThread\"", "")], &["`Thread-1 (loop)`", "without its name"]),
        // It ends while the thread sleeps: Python may abort when a daemon prints then.
        edited(&[("name=\"LoopThread\"", "name=\"LoopThread\", daemon=True"),
                 ("    t.join()\n", "    t.join(0.5)\n")],
            &["Was t.join() left out"]),
        edited(&[QUICK, ("    t.start()\n    t.join()\n", "    t.join()\n    t.start()\n")],
            &["Was t.start() left out before t.join()?"]),
        edited(&[QUICK, ("    t.start()\n    t.join()\n", "")], &["Was t.start() left out?"]),
        edited(&[QUICK, ("target=loop", "target=loop()")], &["Was loop called directly"]),
        endless(edited(&[("        n = n + 1\n", "")], &["Does the loop count without end"])),
        edited(&[("time.sleep(1)", "time.sleep(0)")], &["Was time.sleep(1) left out"]),
        edited(&[QUICK, ("    t.start()\n    t.join()\n", "    t.run()\n")],
            &["(or t.run() in place of t.start())"]),
        edited(&[("t.join()", "t.join(1)")], &["Was t.join() left out"]),
        edited(&[("        time.sleep(1)\n", "    time.sleep(1)\n")],
            &["Was time.sleep(1) left out"]),
        edited(&[QUICK,
                 (", name=\"LoopThread\"", ""),
                 ("    t.start()\n", "    t.start()\n    t.name = \"LoopThread\"\n")],
            &["without its name"]),
        edited(&[QUICK, ("n < 5", "n < 4")],
            &["`thread LoopThread >>> 5` is missing", "from 1 to 5"]),
        edited(&[("time.sleep(1)", "time.sleep(0.1)")], &["in place of the notes' second?"]),
        edited(&[("time.sleep(1)", "time.sleep(0.5)")], &["in place of the notes' second?"]),
        edited(&[("time.sleep(1)", "time.sleep(0.7)")], &["in place of the notes' second?"]),
        edited(&[("time.sleep(1)", "time.sleep(2)")], &["in place of the notes' second?"]),
        edited(&[("time.sleep(1)", "time.sleep(0 if n == 2 else 1)")],
            &["sleep a second after each number?"]),
        edited(&[QUICK, ("n = n + 1", "n = n + 2")],
            &["`thread LoopThread >>> 6` is not a line", "from 1 to 5"]),
        // It counts from 0.
        edited(&[("        n = n + 1\n", ""), ("sleep(1)\n", "sleep(1)\n        n = n + 1\n")],
            &["`thread LoopThread >>> 0` is not a line", "differs in 2 points"]),
        // It counts down; the second between the lines is there.
        edited(&[("name()} >>> {n}", "name()} >>> {6 - n}")], &["in another order?", "in 2 points"]),
        edited(&[("import threading\n", "import multiprocessing\nimport threading\n"),
                 ("threading.Thread(", "multiprocessing.Process(")],
            &["Was a process started in place of a thread?"]),
    ]);
}

/// Right programs in other styles than the notes': the files in the folder
/// `right`.
#[test]
fn no_right_program_is_called_wrong() {
    let Some(python) = python() else { return };
    some_at_once(&right_programs(), |(chapter, file)| {
        let output = rules_alone(&python, *chapter, file, "30");
        match output.status.code() {
            Some(0) => Ok(()),
            _ => Err(format!("{file}:\n{}{}", text(&output), errors(&output))),
        }
    });
}

/// The parent prints for its child, whose own stdout is a pipe.
#[test]
fn a_wait_that_is_not_seen_is_not_claimed() {
    let Some(python) = python() else { return };
    let file = fixture("right/process-basic/captured.py");
    let text = text(&rules_alone(&python, Chapter::ProcessBasic, &file, "30"));
    assert!(
        text.contains("not checked: whether the parent waits"),
        "{text}"
    );
    assert!(!text.contains("had ended"), "{text}");
}

/// Pool() makes as many as the machine has cores.
#[test]
fn more_processes_than_cores_are_no_pool_without_a_number() {
    if thread::available_parallelism().map_or(1, usize::from) >= 5 {
        return;
    }
    let script = "echo \"Parent process $$.\"; for i in 0 1 2 3 4; do \
                  /bin/sh -c 'echo \"Run task '$i' ($$)...\"'; done";
    let mut command = compare(&["process-pool", "--", "/bin/sh", "-c", script]);
    command.env("PATH", NO_PROGRAMS).env("COLUMNS", "200");
    let text = text(&finish(&mut command));
    assert!(text.contains("The tasks ran on 5 processes"), "{text}");
    assert!(!text.contains("Pool() without a number"), "{text}");
}

fn right_programs() -> Vec<(Chapter, String)> {
    let mut programs = Vec::new();
    for chapter in Chapter::ALL {
        let folder = fixture(&format!("right/{chapter}"));
        let files = fs::read_dir(folder).expect("each chapter has a folder");
        let files = files.map(|file| file.expect("a file").path().display().to_string());
        programs.extend(files.map(|file| (chapter, file)));
    }
    programs
}

fn try_all(chapter: Chapter, wrongs: &[Wrong]) {
    let Some(python) = python() else { return };
    let folder = folder(&format!("wrong-{chapter}"));
    let numbered: Vec<_> = wrongs.iter().enumerate().collect();
    some_at_once(&numbered, |(number, wrong)| {
        let file = folder.join(format!("{number}.py"));
        let file = wrong.program.write(chapter, &file);
        try_one(&python, chapter, &file, wrong)
    });
}

/// Tries programs, some at once, and reports all that went wrong.
fn some_at_once<P: Sync>(programs: &[P], try_one: impl Fn(&P) -> Result<(), String> + Sync) {
    let mut failures = Vec::new();
    for some in programs.chunks(AT_ONCE) {
        thread::scope(|scope| {
            let tries = some.iter().map(|program| scope.spawn(|| try_one(program)));
            let tries: Vec<_> = tries.collect();
            let results = tries.into_iter().map(|one| one.join().expect("no panic"));
            failures.extend(results.filter_map(Result::err));
        });
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

impl Program {
    /// Where the program is; an edited one is written to `file`.
    fn write(&self, chapter: Chapter, file: &Path) -> String {
        match self {
            Program::File(name) => fixture(&format!("wrong/{name}")),
            Program::Edited(edits) => {
                let mut program = fs::read_to_string(chapter.notes()).expect("the notes");
                for (from, to) in *edits {
                    let found = program.matches(from).count();
                    assert_eq!(
                        found, 1,
                        "{chapter}: {from:?} must occur once in\n{program}"
                    );
                    program = program.replace(from, to);
                }
                fs::write(file, program).expect("a file can be written");
                file.display().to_string()
            }
        }
    }
}

fn try_one(python: &str, chapter: Chapter, file: &str, wrong: &Wrong) -> Result<(), String> {
    let output = rules_alone(python, chapter, file, wrong.timeout);
    let text = text(&output);
    let sentence = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentence = sentence.to_lowercase();
    let mut words = wrong.words.iter();
    let said = words.all(|words| sentence.contains(&words.to_lowercase()));
    match said && output.status.code() == Some(1) {
        true => Ok(()),
        false => Err(format!(
            "{file} {:?}:\n{text}{}",
            wrong.words,
            errors(&output)
        )),
    }
}

/// Holds a program to the rules alone, since the notes take their time. The
/// time limit is in seconds.
fn rules_alone(python: &str, chapter: Chapter, file: &str, timeout: &str) -> Output {
    let runner = match file.ends_with(".py") {
        true => python,
        false => "/bin/sh",
    };
    let arguments = [chapter.name(), "--timeout", timeout, "--", runner, file];
    finish(compare(&arguments).env("PATH", NO_PROGRAMS))
}
