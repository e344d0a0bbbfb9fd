//! Erlang's formulas, and those of the queue with finite room.

/// Erlang's first formula (B): the share of calls that find `workers` of as many lines busy, at an
/// offered load of `erlangs` (λ/μ). By its recursion `B(c) = aB(c−1) / (c + aB(c−1))`.
///
/// A. K. Erlang, *Solution of some problems in the theory of probabilities of significance in
/// automatic telephone exchanges*, 1917; the recursion in Cooper, *Introduction to Queueing
/// Theory*, 1981, chapter 3.
pub(crate) fn erlang_b(workers: u32, erlangs: f64) -> f64 {
    (1..=workers).fold(1.0, |b, c| erlangs * b / (f64::from(c) + erlangs * b))
}

/// Erlang's second formula (C): the share of calls that have to wait for one of `workers`, if all
/// are willing to: `C = B / (1 − ρ(1 − B))`. Erlang 1917; Cooper 1981, chapter 3.
pub(crate) fn erlang_c(workers: u32, erlangs: f64) -> f64 {
    let b = erlang_b(workers, erlangs);
    b / (1.0 - erlangs / f64::from(workers) * (1.0 - b))
}

/// The shares of time in which `0..=room` requests are in M/M/c/K, K being the room for those at
/// work and those who wait: `p(n) ∝ aⁿ/n!` up to c, and each further one `a/c` times the one
/// before. Kleinrock, *Queueing Systems I*, 1975, chapter 3.
pub(crate) fn in_system(workers: u32, room: u32, erlangs: f64) -> Vec<f64> {
    let mut shares = vec![1.0];
    for n in 1..=room {
        let before = shares[n as usize - 1];
        shares.push(before * erlangs / f64::from(n.min(workers)));
    }
    let all: f64 = shares.iter().sum();
    shares.iter().map(|share| share / all).collect()
}

/// Values as tables of Erlang's formulas print them.
#[test]
fn erlang_formulas_give_what_tables_say() {
    let close = |found: f64, printed: f64| assert!((found - printed).abs() < 5e-5, "{found}");
    close(erlang_b(2, 1.0), 0.2);
    close(erlang_b(10, 5.0), 0.0184);
    close(erlang_b(10, 10.0), 0.2146);
    close(erlang_c(1, 0.7), 0.7);
    close(erlang_c(2, 1.0), 1.0 / 3.0);
    close(erlang_c(10, 5.0), 0.0361);
}

#[test]
fn without_room_to_wait_the_finite_queue_is_erlang_b() {
    let full = in_system(5, 5, 4.0)[5];
    assert!((full - erlang_b(5, 4.0)).abs() < 1e-12, "{full}");
}
