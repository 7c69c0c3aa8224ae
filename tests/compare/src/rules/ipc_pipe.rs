//! The parent sends a word, the child answers. Each of them prints its lines in order,
//! and a message goes from one to the other between two of them.

use super::check::Check;
use super::story::{Expected, Story, says};
use super::{Mark, NO_JOIN, Rules, Symptom, Values, waited, why_no_child};
use crate::language::Text;

pub static RULES: Rules = Rules {
    lines: LINES,
    values: &[
        Values("Send ", &WORDS, " to pipe..."),
        Values("Child received ", &WORDS, ", reply "),
        Values("Child received hello, reply ", &WORDS, "..."),
        Values("Child received world, reply ", &WORDS, "..."),
        Values("Child received pipe, reply ", &WORDS, "..."),
        Values("Receive ", &WORDS, " from pipe."),
    ],
    of_threads: false,
    check,
    checked,
    cause,
    mark,
    legend: Text::new(
        "> sent, < received, ↔ received and replied, • another line",
        "> 发送，< 接收，↔ 接收并回复，• 其他行",
    ),
};

const LINES: &[Expected] = &[
    says("parent", PARENT),
    says("child", LISTENING),
    says("parent", SEND[0]),
    says("child", RECEIVED[0]),
    says("parent", RECEIVE[0]),
    says("parent", SEND[1]),
    says("child", RECEIVED[1]),
    says("parent", RECEIVE[1]),
    says("parent", SEND[2]),
    says("child", RECEIVED[2]),
    says("parent", RECEIVE[2]),
    says("child", CLOSED),
    says("parent", END),
];

const WORDS: [&str; 3] = ["hello", "world", "pipe"];
const PARENT: &str = "Parent process {pid}.";
const LISTENING: &str = "Child process {pid} is listening...";
const SEND: [&str; 3] = [
    "Send hello to pipe...",
    "Send world to pipe...",
    "Send pipe to pipe...",
];
const RECEIVED: [&str; 3] = [
    "Child received hello, reply HELLO...",
    "Child received world, reply WORLD...",
    "Child received pipe, reply PIPE...",
];
const RECEIVE: [&str; 3] = [
    "Receive HELLO from pipe.",
    "Receive WORLD from pipe.",
    "Receive PIPE from pipe.",
];
const CLOSED: &str = "Pipe closed, child process {pid} ends.";
const END: &str = "Child process end.";

fn check(check: &mut Check) {
    let parent_first = Text::new(
        "Is the parent's first print in the wrong place?",
        "父进程的第一个 print 是不是放错了位置？",
    );
    check.in_order(&[PARENT, LISTENING], parent_first.clone());
    check.in_order(&[PARENT, SEND[0]], parent_first);
    check.after_end(CLOSED, END, NO_JOIN);
    let order = Text::new("Are the words in another order?", "几个词是不是换了顺序？");
    if repeated(check.story) || !check.in_order(&SEND, order) {
        return;
    }
    let no_reply = Text::new(
        "Does the parent send the next word without waiting for the reply?",
        "父进程是不是没等到回复就发送了下一个词？",
    );
    let talk: Vec<&str> = SEND
        .into_iter()
        .zip(RECEIVE)
        .flat_map(<[&str; 2]>::from)
        .collect();
    check.in_order(&talk, no_reply);
    let child = [&[LISTENING], &RECEIVED[..], &[CLOSED]].concat();
    let child_order = Text::new(
        "Are the child's prints in another order?",
        "子进程的几个 print 是不是换了顺序？",
    );
    check.in_order(&child, child_order);
    let late = Text::new(
        "Is it printed before it happened, or the other line long after?",
        "是不是还没发送或接收就先打印了，或者另一行打印得太晚？",
    );
    check.each_before(&SEND, &RECEIVED, late.clone());
    check.each_before(&RECEIVED, &RECEIVE, late);
}

/// Whether each word or each reply comes twice, so that a later one never comes.
fn repeated(story: &Story) -> bool {
    story.count(RECEIVE[0]) > 1 && story.find(RECEIVE[2]).is_none()
}

fn checked(story: &Story) -> Text {
    Text::new(
        "Every reply came before the next word was sent.",
        "每次都是收到回复以后才发送下一个词。",
    )
    .then(&waited(story, CLOSED, END))
}

fn cause(story: &Story, symptom: Symptom) -> Option<Text> {
    let unknown = story.unknown.iter();
    let mut unknown = unknown.map(|&index| &story.transcript.lines[index].text);
    Some(match symptom {
        Symptom::Missing(LISTENING) => why_no_child(story, END),
        Symptom::Missing(CLOSED) => Text::new(
            "Was the child ended before it saw the pipe closed (p.terminate(), or p.join() left \
             out)?",
            "子进程是不是还没看到管道关闭就被终止了（p.terminate()，或者漏了 p.join()）？",
        ),
        Symptom::Missing(line) if SEND.contains(&line) => Text::new(
            "Does the parent send all three words: hello, world and pipe?",
            "父进程是不是三个词都发送了：hello、world、pipe？",
        ),
        Symptom::Missing(line) if RECEIVE.contains(&line) => Text::new(
            "Does the parent wait for each reply (conn.recv(); conn.poll() alone does not wait), and \
             print it?",
            "父进程有没有等待并打印每个回复（要用 conn.recv()；不带超时参数的 conn.poll() 不会阻塞）？",
        ),
        Symptom::AnotherValue(_) if unknown.any(|line| line.starts_with("Send ")) => Text::new(
            "The words are hello, world and pipe: is there one more, or another one?",
            "词是 hello、world、pipe：是不是多了一个，或者换了一个？",
        ),
        Symptom::Missing(line) if RECEIVED.contains(&line) => REPLY,
        Symptom::AnotherValue(_) | Symptom::SmallLetters => REPLY,
        Symptom::Doubled(_) if repeated(story) => Text::new(
            "Is each word, or each reply, sent twice (conn.send())?",
            "是不是每个词或者每个回复都发送了两次（conn.send()）？",
        ),
        Symptom::WrittenByAnother => Text::new(
            "Was listen called directly (or by p.run() in place of p.start())?",
            "是不是直接调用了 listen（或者把 p.start() 写成了 p.run()）？",
        ),
        Symptom::Endless => return why_endless(story),
        _ => return None,
    })
}

/// What makes a reply another one, or none.
const REPLY: Text = Text::new(
    "The reply is word.upper(): does the child send word, or the parent print it, in place of \
     reply? Or does the parent use the child's end (child_conn in place of conn)?",
    "回复是 word.upper()：子进程发送的，或者父进程打印的，是不是 word 而不是 reply？还是父进程用了子进程那一端\
     （把 conn 写成了 child_conn）？",
);

fn why_endless(story: &Story) -> Option<Text> {
    let came = |line: &str| story.find(line).is_some();
    let has_sent = story.came(&SEND) > 0;
    Some(if came(CLOSED) {
        Text::new(
            "The child ended before the last word: was the end sent too early (conn.close(), \
             send(None)), or does it not receive in a loop?",
            "子进程在最后一个词之前就结束了：是不是结束标志发送得太早（conn.close()、send(None)），\
             或者它没有循环接收？",
        )
    } else if came(RECEIVE[2]) {
        Text::new(
            "The child waits for another word: was the pipe never closed, or only after p.join()? (In \
             Rust it is conn.close(). In Python it is conn.send(None): close is not enough, since \
             the child has a copy of conn.)",
            "子进程还在等下一个词：管道是不是一直没有关闭，或者 p.join() 之后才关闭？（Rust 里是 conn.close()；Python \
             里要用 conn.send(None)，只 close 不够，因为子进程手里还有一份 conn。）",
        )
    } else if !has_sent && came(LISTENING) {
        Text::new(
            "Does the parent receive before it sends? Then each waits for the other: a deadlock.",
            "父进程是不是还没发送就先接收？那样双方都阻塞在接收，等对方先发送：这就是死锁。",
        )
    } else if !has_sent {
        return None;
    } else if story.children().next().is_none() && !came(LISTENING) {
        Text::new(
            "The child never began: was p.start() left out?",
            "子进程一直没有启动：是不是漏了 p.start()？",
        )
    } else {
        Text::new(
            "The parent waits for a reply: has the child child_conn, not conn, and does it receive \
             the word and send its reply there? Or is conn.recv() called twice for one word?",
            "父进程在等回复：子进程用的是 child_conn 而不是 conn 吗？它在那里接收这个词并发送回复了吗？还是\
             发送一个词却调用了两次 conn.recv()？",
        )
    })
}

fn mark(line: &str) -> Option<Mark> {
    let marks = [("Send", '>'), ("Child received", '↔'), ("Receive", '<')];
    let mark = marks.iter().find(|(start, _)| line.starts_with(start));
    mark.map(|(_, mark)| Mark::At(*mark))
}
