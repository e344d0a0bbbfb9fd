//! What the caller of one attempt saw, in the words of HTTP.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An HTTP status code (RFC 9110, section 15; 429 is RFC 6585).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Status(pub u16);

impl Status {
    /// 200, it worked.
    pub const OK: Self = Self(200);
    /// 201, something was made: a payment, for instance.
    pub const CREATED: Self = Self(201);
    /// 203, an answer that had to do without a part: the status with which RFC 9110 (15.3.4) marks
    /// content that is not what the origin would have given. Real services mostly say 200 and leave
    /// the part out; here, degraded answers are told apart and counted.
    pub const DEGRADED: Self = Self(203);
    /// 400, the request is malformed; here, a required idempotency key is missing.
    pub const BAD_REQUEST: Self = Self(400);
    /// 409, the same request is still being worked on.
    pub const CONFLICT: Self = Self(409);
    /// 422, the idempotency key was used before with another body.
    pub const UNPROCESSABLE: Self = Self(422);
    /// 429, slow down.
    pub const TOO_MANY: Self = Self(429);
    /// 500, the service failed.
    pub const INTERNAL: Self = Self(500);
    /// 502, a service behind this one answered with nonsense.
    pub const BAD_GATEWAY: Self = Self(502);
    /// 503, too busy or down.
    pub const UNAVAILABLE: Self = Self(503);
    /// 504, a service behind this one did not answer in time.
    pub const GATEWAY_TIMEOUT: Self = Self(504);

    /// 200 to 299.
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.0 / 100 == 2
    }

    /// Whether the answer had to do without a part.
    #[must_use]
    pub const fn is_degraded(self) -> bool {
        self.0 == Self::DEGRADED.0
    }

    /// 500 to 599.
    #[must_use]
    pub const fn is_server_error(self) -> bool {
        self.0 / 100 == 5
    }

    /// The reason phrase, such as `Service Unavailable`; for codes without one here, the name of
    /// their class.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self.0 {
            200 => "OK",
            201 => "Created",
            202 => "Accepted",
            203 => "Non-Authoritative Information",
            204 => "No Content",
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            408 => "Request Timeout",
            409 => "Conflict",
            422 => "Unprocessable Content",
            429 => "Too Many Requests",
            500 => "Internal Server Error",
            501 => "Not Implemented",
            502 => "Bad Gateway",
            503 => "Service Unavailable",
            504 => "Gateway Timeout",
            _ => match self.0 / 100 {
                1 => "Informational",
                2 => "Success",
                3 => "Redirection",
                4 => "Client Error",
                5 => "Server Error",
                _ => "Unknown",
            },
        }
    }
}

/// Prints as on the status line: `503 Service Unavailable`.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.reason())
    }
}

/// How one attempt ended for the one who made it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A response arrived.
    Answered(Status),
    /// The caller stopped waiting. What the callee did is unknown, and it may still be at it.
    TimedOut,
    /// No connection, or it broke before a response arrived.
    ConnectionFailed,
    /// The caller's own circuit breaker, rate limit or bulkhead refused: nothing was sent.
    Rejected,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_follow_the_first_digit() {
        assert!(Status::CREATED.is_success() && !Status(300).is_success());
        assert!(Status(599).is_server_error() && !Status::TOO_MANY.is_server_error());
    }

    #[test]
    fn a_status_prints_as_on_the_wire() {
        assert_eq!(Status::UNAVAILABLE.to_string(), "503 Service Unavailable");
        assert_eq!(Status(405).to_string(), "405 Method Not Allowed");
        assert_eq!(Status(418).to_string(), "418 Client Error");
    }
}
