//! What stderr says of the cause.

use crate::language::Text;
use crate::text;
use crate::transcript::Line;
use crate::width::cut;

/// A quoted reason is cut to so many columns, its `…` included.
const QUOTED: usize = 301;

/// Words of an error, and the likely cause in English and in Chinese. The first that fits
/// counts.
const HINTS: &[(&[&str], &str, &str)] = &[
    (
        &["bootstrapping phase", "context has already been set"],
        "Is `if __name__ == \"__main__\"` left out? A child that is started by spawn or forkserver \
         runs the whole file.",
        "是不是漏了 `if __name__ == \"__main__\"`？用 spawn 或 forkserver 启动的子进程会把整个文件运行一遍。",
    ),
    (
        &["error: could not compile"],
        "It does not compile.",
        "程序没有通过编译。",
    ),
    (
        &["the pool was dropped before it was joined"],
        "Was p.join() left out, or the closed pool dropped (let _ = p.close())?",
        "是不是漏了 p.join()，或者丢弃了 p.close() 返回的进程池（let _ = p.close()）？",
    ),
    (
        &["Pool is still running"],
        "Was p.close() left out before p.join()?",
        "是不是在 p.join() 之前漏了 p.close()？",
    ),
    (
        &["Pool not running"],
        "Was p.close() called before p.apply_async()?",
        "是不是在 p.apply_async() 之前就调用了 p.close()？",
    ),
    (
        &["required positional argument"],
        "Was args left out, or one of its values?",
        "是不是漏了 args，或者少了一个值？",
    ),
    (
        &[
            "positional argument",
            "must be an iterable",
            "is not iterable",
        ],
        "Is a comma missing? A tuple of one argument has a comma: args=(x,).",
        "是不是少了一个逗号？只有一个元素的元组要带逗号：args=(x,)。",
    ),
    (
        &[
            "can only join a started process",
            "cannot join thread before it is started",
        ],
        "Was start() left out before join(), or run() called in its place?",
        "是不是在 join() 之前漏了 start()，或者写成了 run()？",
    ),
    (
        &[
            "cannot start a process twice",
            "threads can only be started once",
        ],
        "Was start() called twice? A process, or a thread, can be started once.",
        "是不是调用了两次 start()？一个进程或线程只能启动一次。",
    ),
    (
        &["'NoneType' object has no attribute 'join'"],
        "Is it p = Process(...).start()? start() returns nothing: keep the Process, then start it.",
        "是不是写成了 p = Process(...).start()？start() 没有返回值：先保存 Process 对象，再启动它。",
    ),
    (
        &["most likely due to a circular import"],
        "Has your file the name of a module? Give it another name.",
        "你的文件是不是和某个模块同名？请换一个名字。",
    ),
    (
        &["pickle"],
        "What a child gets must be picklable: a function at the top of the file, no lambda.",
        "传给子进程的东西必须能用 pickle 序列化：要用写在文件最外层的函数，不能用 lambda。",
    ),
    (
        &["EOF when reading a line"],
        "It reads stdin, which is empty here.",
        "它要读标准输入，而这里的标准输入是空的。",
    ),
    (
        &["EOFError"],
        "The other end of the pipe was closed. Was it closed too early? Or is this its end, and \
         EOFError, which says so, not caught?",
        "管道的另一端已经关闭。是不是关得太早？还是数据已经读完，而没有捕获表示结束的 EOFError？",
    ),
    (
        &["OSError: connection is "],
        "Is it Pipe(duplex=False)? Then the first end only receives, and the second only sends.",
        "是不是写成了 Pipe(duplex=False)？那样第一端只能接收，第二端只能发送。",
    ),
];

/// The lines that a process wrote, and empty ones; all lines, where no writer is known.
pub fn of_process(errors: &[Line], pid: u32) -> Vec<Line> {
    let known = errors.iter().any(|line| line.writer().is_some());
    let own = |line: &Line| line.writer().is_some_and(|w| w.process == pid);
    let counts = |line: &&Line| !known || line.text.is_empty() || own(line);
    errors.iter().filter(counts).cloned().collect()
}

/// What a failed program says of the cause, in a sentence.
pub fn why(errors: &[Line]) -> Option<Text> {
    let last = || errors.iter().rfind(|line| !line.text.trim().is_empty());
    let reason = error(errors).or_else(|| Some(last()?.text.clone()))?;
    Some(sentence(errors, &reason))
}

/// The same, but only of a panic in Rust, an exception in Python, or an error of cargo:
/// what a program prints to stderr may be no error at all.
pub fn why_error(errors: &[Line]) -> Option<Text> {
    Some(sentence(errors, &error(errors)?))
}

fn sentence(errors: &[Line], reason: &str) -> Text {
    let reason = cut(reason, QUOTED);
    let says = text!(
        "Its stderr says: `{reason}`.",
        "stderr 里写着：`{reason}`。"
    );
    let has = |words: &&str| errors.iter().any(|line| line.text.contains(words));
    match HINTS.iter().find(|(words, ..)| words.iter().any(has)) {
        Some((_, english, chinese)) => says.then(&Text::new(english, chinese)),
        None => says,
    }
}

/// The message of a panic, an exception, or of cargo.
fn error(errors: &[Line]) -> Option<String> {
    let texts: Vec<&str> = errors.iter().map(|line| line.text.as_str()).collect();
    panic(&texts)
        .or_else(|| exception(&texts))
        .or_else(|| of_cargo(&texts))
}

/// The first error of cargo, or of the rustc that it calls.
fn of_cargo(texts: &[&str]) -> Option<String> {
    let is_error = |text: &&&str| text.starts_with("error: ") || text.starts_with("error[E");
    texts.iter().find(is_error).map(ToString::to_string)
}

/// After a panic, a backtrace may follow.
fn panic(texts: &[&str]) -> Option<String> {
    let is_panic = |text: &&str| text.starts_with("thread '") && text.contains(" panicked at ");
    let message = texts.iter().skip_while(|text| !is_panic(text)).nth(1);
    message.map(|message| message.to_string())
}

/// The last exception. Its message may be on the lines after its name.
fn exception(texts: &[&str]) -> Option<String> {
    let at = texts.iter().rposition(|text| is_exception(text))?;
    if !texts[at].trim_end().ends_with(':') {
        return Some(texts[at].to_owned());
    }
    let message = texts[at + 1..].iter().map(|text| text.trim());
    let message: Vec<_> = message.take_while(|text| !text.is_empty()).collect();
    Some(format!("{} {}", texts[at].trim_end(), message.join(" ")))
}

/// Whether the line is like `ValueError: no child today`.
fn is_exception(text: &str) -> bool {
    let name = text.split(':').next().unwrap_or_default();
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    name.chars().all(is_name)
        && ["Error", "Exception", "Interrupt", "Exit"]
            .iter()
            .any(|end| last.ends_with(end))
}
