//! When a peer sends anything but whole frames, `recv` fails: it does not panic,
//! and it takes no memory for bytes that have not come.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::net::UnixStream;

use ipc_pipe::{Connection, Error, pipe};
use nix::sys::resource::{Resource, setrlimit};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use serde::de::DeserializeOwned;
use serde::ser::{Error as _, SerializeSeq};
use serde::{Deserialize, Serialize, Serializer};
use tests::chance::{chance, times};
use tests::harness::Trial;
use tests::trials;

pub fn trials() -> Vec<Trial> {
    trials![
        a_frame_that_is_cut_off_is_an_error,
        a_huge_length_is_an_error_and_takes_no_memory,
        rubbish_is_an_error_and_the_next_message_arrives,
        a_message_that_cannot_be_encoded_sends_nothing,
        a_long_message_arrives_whole,
        any_bytes_whatever_give_messages_or_errors,
    ]
}

/// Everything that comes, when these bytes are all that the other side sends.
fn receive_all<M: DeserializeOwned>(bytes: &[u8]) -> Vec<Result<M, Error>> {
    let (mut peer, stream) = UnixStream::pair().unwrap();
    let mut connection: Connection<(), M> = stream.into();
    // The kernel holds some 200 KiB, and no test here sends more.
    peer.write_all(bytes).unwrap();
    drop(peer);
    let mut received = Vec::new();
    while let Some(message) = connection.recv().transpose() {
        let end = matches!(message, Err(Error::CutOff));
        received.push(message);
        if end {
            break;
        }
    }
    received
}

fn frame(body: &[u8]) -> Vec<u8> {
    let length = body.len() as u32;
    [&length.to_le_bytes(), body].concat()
}

fn a_frame_that_is_cut_off_is_an_error() {
    let whole = frame(b"\x05hello");
    for length in 1..whole.len() {
        let received = receive_all::<String>(&whole[..length]);
        assert!(matches!(received[..], [Err(Error::CutOff)]), "{received:?}");
    }
    let received = receive_all::<String>(&[&whole[..], &whole[..6]].concat());
    assert!(matches!(&received[..], [Ok(hello), Err(Error::CutOff)] if hello == "hello"));
    let received = receive_all::<String>(&[]);
    assert!(received.is_empty(), "{received:?}");
}

fn a_huge_length_is_an_error_and_takes_no_memory() {
    // An attempt to take more memory than this would end the process.
    const MOST: u64 = 1 << 30;
    setrlimit(Resource::RLIMIT_AS, MOST, MOST).unwrap();
    for length in [u32::MAX, u32::MAX - 1, 1 << 31] {
        let bytes = [&length.to_le_bytes()[..], b"a few bytes"].concat();
        let received = receive_all::<Vec<u8>>(&bytes);
        assert!(matches!(received[..], [Err(Error::CutOff)]), "{received:?}");
    }
    // A length within the body: a list of some 2^63 numbers.
    let list = frame(b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f");
    let received = receive_all::<Vec<u64>>(&list);
    assert!(
        matches!(received[..], [Err(Error::Decode(..))]),
        "{received:?}"
    );
}

fn rubbish_is_an_error_and_the_next_message_arrives() {
    let rubbish: [&[u8]; 5] = [
        b"",
        b"\x05hell",
        b"\x05hello, and more",
        b"\x02\xff\xfe",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    ];
    for body in rubbish {
        let bytes = [frame(body), frame(b"\x05hello")].concat();
        let received = receive_all::<String>(&bytes);
        let [Err(error @ Error::Decode(..)), Ok(hello)] = &received[..] else {
            panic!("{body:?}: {received:?}");
        };
        assert_eq!(hello, "hello");
        let sentence = error.to_string();
        assert!(
            sentence.contains("cannot be decoded as alloc::string::String"),
            "{sentence}"
        );
    }
}

/// Two items, of which the second may refuse to be encoded.
struct Items {
    encodable: bool,
}

impl Serialize for Items {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut items = serializer.serialize_seq(Some(2))?;
        items.serialize_element(&0_u8)?;
        if !self.encodable {
            return Err(S::Error::custom("it is closed"));
        }
        items.serialize_element(&1_u8)?;
        items.end()
    }
}

fn a_message_that_cannot_be_encoded_sends_nothing() {
    let (one, other) = UnixStream::pair().unwrap();
    let mut one: Connection<Items, ()> = one.into();
    let mut other: Connection<(), Vec<u8>> = other.into();
    let error = one.send(&Items { encodable: false }).unwrap_err();
    assert!(matches!(error, Error::Encode(..)), "{error}");
    one.send(&Items { encodable: true }).unwrap();
    assert_eq!(other.recv().unwrap(), Some(vec![0, 1]));
}

fn a_long_message_arrives_whole() {
    let (mut one, mut other) = pipe::<Vec<u8>, ()>().unwrap();
    let long: Vec<u8> = (0..3_000_000).map(|n| n as u8).collect();
    let sent = long.clone();
    let sender = std::thread::spawn(move || one.send(&sent));
    assert!(other.recv().unwrap() == Some(long));
    sender.join().unwrap().unwrap();
}

/// A bit of everything that can be in a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Message {
    Nothing,
    Number(i64),
    Text(String),
    List(Vec<Option<(char, f32)>>),
    Table(BTreeMap<String, Vec<u8>>),
}

fn any_bytes_whatever_give_messages_or_errors() {
    const MOST: u64 = 1 << 30;
    setrlimit(Resource::RLIMIT_AS, MOST, MOST).unwrap();
    let mut chance = chance();
    for _ in 0..5_000 * times() {
        let mut bytes = Vec::new();
        for _ in 0..chance.random_range(1..4) {
            let mut body = postcard::to_stdvec(&any_message(&mut chance)).unwrap();
            damage(&mut body, &mut chance);
            bytes.append(&mut frame(&body));
        }
        damage(&mut bytes, &mut chance);
        for received in receive_all::<Message>(&bytes) {
            match received {
                Ok(_) | Err(Error::CutOff | Error::Decode(..)) => {}
                Err(error) => panic!("{error}: {bytes:?}"),
            }
        }
    }
}

fn any_message(chance: &mut StdRng) -> Message {
    let text = |chance: &mut StdRng| -> String {
        let length = chance.random_range(0..20);
        (0..length).map(|_| chance.random::<char>()).collect()
    };
    let length = chance.random_range(0..20);
    match chance.random_range(0..5) {
        0 => Message::Nothing,
        1 => Message::Number(chance.random()),
        2 => Message::Text(text(chance)),
        3 => Message::List(
            (0..length)
                .map(|_| Some((chance.random(), chance.random())))
                .collect(),
        ),
        _ => Message::Table((0..length).map(|n| (text(chance), vec![n; 3])).collect()),
    }
}

/// Changes, cuts out or puts in some bytes, now and then.
fn damage(bytes: &mut Vec<u8>, chance: &mut StdRng) {
    const TELLING: [u8; 5] = [0, 1, 0x7f, 0x80, 0xff];
    while chance.random() {
        let place = chance.random_range(0..=bytes.len());
        let end = chance.random_range(place..=bytes.len());
        match chance.random_range(0..4) {
            0 => drop(bytes.drain(place..end)),
            1 => bytes.truncate(end),
            2 => bytes.insert(place, *TELLING.choose(chance).unwrap()),
            _ => chance.fill_bytes(&mut bytes[place..end]),
        }
    }
}
