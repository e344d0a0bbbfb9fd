//! Prints the hash of each case, one a line: `half-open-determinism 200`.

use half_open_determinism::case_hash;

fn main() {
    let cases = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(200);
    for n in 0..cases {
        println!("{:016x}", case_hash(n));
    }
}
