//! A fork copies the parent's random generator, so each child must reseed it.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use ipc_queue::Queue;
use process_basic::Process;
use process_pool::Pool;
use tests::harness::Trial;
use tests::trials;

pub fn trials() -> Vec<Trial> {
    trials![children_and_workers_draw_numbers_of_their_own]
}

fn children_and_workers_draw_numbers_of_their_own() {
    let mut numbers = BTreeSet::from([draw()]);
    let queue = Queue::new().unwrap();
    for _ in 0..4 {
        let child = Process::new(|| queue.put(draw()), ()).start().unwrap();
        assert!(child.join().unwrap().success());
        numbers.extend(queue.get().unwrap());
    }
    let pool = Pool::new(4).unwrap();
    let tasks: Vec<_> = (0..4).map(|_| pool.apply_async(draw, ())).collect();
    numbers.extend(tasks.into_iter().map(|task| task.get().unwrap()));
    pool.close().join().unwrap();
    assert_eq!(numbers.len(), 9, "{numbers:?}");
}

/// Takes so long that each task gets a worker of its own.
fn draw() -> u64 {
    thread::sleep(Duration::from_millis(100));
    rand::random()
}
