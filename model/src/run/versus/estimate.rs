//! A mean from independent runs, and how far it may be off.

/// Numbers from independent runs, summed up as they come (Welford 1962).
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Sample {
    count: u32,
    mean: f64,
    squares: f64,
}

/// Fewer runs than these say nothing about how much they differ.
const FEWEST: u32 = 5;

impl Sample {
    /// Adds the number of one more run.
    pub fn push(&mut self, value: f64) {
        self.count += 1;
        let off = value - self.mean;
        self.mean += off / f64::from(self.count);
        self.squares += off * (value - self.mean);
    }

    /// How many runs gave a number.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Their mean, if there are any.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// Half the width of the 95 % confidence interval around the mean: Student's t (1908) times the
    /// standard error. None for fewer than five runs.
    #[must_use]
    pub fn half_width(&self) -> Option<f64> {
        if self.count < FEWEST {
            return None;
        }
        let n = f64::from(self.count);
        let error = libm::sqrt(self.squares / (n - 1.0) / n);
        Some(student_975(n - 1.0) * error)
    }
}

/// What Student's t exceeds in 2.5 of 100 cases, for at least four degrees of freedom (Abramowitz and
/// Stegun 1964, 26.7.5).
fn student_975(freedom: f64) -> f64 {
    let z = 1.959_963_984_540_054_f64;
    let z2 = z * z;
    let g1 = z * (z2 + 1.0) / 4.0;
    let g2 = z * ((5.0 * z2 + 16.0) * z2 + 3.0) / 96.0;
    let g3 = z * (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) / 384.0;
    let g4 = z * ((((79.0 * z2 + 776.0) * z2 + 1482.0) * z2 - 1920.0) * z2 - 945.0) / 92_160.0;
    z + (g1 + (g2 + (g3 + g4 / freedom) / freedom) / freedom) / freedom
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn students_t_is_that_of_the_tables() {
        for (freedom, table) in
            [(4.0, 2.776), (5.0, 2.571), (9.0, 2.262), (29.0, 2.045), (99.0, 1.984)]
        {
            let t = student_975(freedom);
            assert!((t - table).abs() < 1.5e-3, "{t} for {freedom}, not {table}");
        }
    }

    #[test]
    fn a_sample_knows_its_mean_and_says_nothing_about_it_too_early() {
        let mut sample = Sample::default();
        assert_eq!(sample.mean(), None);
        for (n, value) in [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0].into_iter().enumerate() {
            assert_eq!(sample.half_width().is_some(), n >= 5);
            sample.push(value);
        }
        assert_eq!(sample.mean(), Some(5.0));
        // The variance is 32/7; t for seven degrees of freedom is 2.365.
        let half = sample.half_width().expect("eight runs");
        assert!((half - 2.365 * (32.0_f64 / 7.0 / 8.0).sqrt()).abs() < 1e-3, "{half}");
    }

    #[test]
    fn what_is_always_the_same_is_known_exactly() {
        let mut sample = Sample::default();
        (0..10).for_each(|_| sample.push(0.1));
        assert!(sample.half_width().expect("ten runs") < 1e-12);
    }
}
