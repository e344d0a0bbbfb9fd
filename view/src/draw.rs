//! A picture as data: shapes in groups, each group of one role. No colours; the style sheet has
//! those. Painting sets each style once per group, which is what makes it fast.

/// What a shape stands for. The front end gives each role a colour.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// The ground.
    Paper,
    /// A service.
    Card,
    /// Text and marks that matter.
    Ink,
    /// Text and marks that matter less.
    Soft,
    /// Grids, borders, lines between nodes.
    Line,
    /// An empty place: an idle worker, the ground of a bar.
    Hollow,
    /// A request in flight, work under way.
    Request,
    /// A response, a success, a closed breaker.
    Ok,
    /// A failure, a rejection, a timeout, an open breaker.
    Failure,
    /// Waiting: backoff and queues.
    Waiting,
    /// A probe, a half-open breaker.
    Probe,
    /// A replayed result.
    Replay,
    /// The selected thing.
    Selected,
    /// The ground of what is selected.
    Highlight,
    /// What would have been.
    Ghost,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 15] = [
        Self::Paper,
        Self::Card,
        Self::Ink,
        Self::Soft,
        Self::Line,
        Self::Hollow,
        Self::Request,
        Self::Ok,
        Self::Failure,
        Self::Waiting,
        Self::Probe,
        Self::Replay,
        Self::Selected,
        Self::Highlight,
        Self::Ghost,
    ];

    /// The name under which a style sheet knows it: `--request`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Card => "card",
            Self::Ink => "ink",
            Self::Soft => "soft",
            Self::Line => "line",
            Self::Hollow => "hollow",
            Self::Request => "request",
            Self::Ok => "ok",
            Self::Failure => "failure",
            Self::Waiting => "waiting",
            Self::Probe => "probe",
            Self::Replay => "replay",
            Self::Selected => "selected",
            Self::Highlight => "highlight",
            Self::Ghost => "ghost",
        }
    }
}

/// How the shapes of a group are painted.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Paint {
    /// Filled.
    Fill,
    /// Outlined, this many pixels wide.
    Stroke(f32),
    /// Outlined with dots.
    Dotted(f32),
    /// Outlined with dashes.
    Dashed(f32),
    /// Filled with diagonal lines: an open breaker.
    Hatch,
    /// Filled with dots: a half-open breaker.
    Dots,
}

/// A shape in CSS pixels from the top left corner of its canvas.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Shape {
    /// A circle around a point.
    Circle {
        /// Centre.
        x: f32,
        /// Centre.
        y: f32,
        /// Radius.
        r: f32,
    },
    /// A part of a disc, from 12 o'clock clockwise.
    Pie {
        /// Centre.
        x: f32,
        /// Centre.
        y: f32,
        /// Radius.
        r: f32,
        /// How much of it, 0 to 1.
        part: f32,
    },
    /// The left half of a disc: the mark of half-open.
    HalfDisc {
        /// Centre.
        x: f32,
        /// Centre.
        y: f32,
        /// Radius.
        r: f32,
    },
    /// A square on its corner.
    Diamond {
        /// Centre.
        x: f32,
        /// Centre.
        y: f32,
        /// Half its diagonal.
        r: f32,
    },
    /// A rectangle, its corners rounded.
    Rect {
        /// Left.
        x: f32,
        /// Top.
        y: f32,
        /// Width.
        w: f32,
        /// Height.
        h: f32,
        /// Radius of the corners.
        r: f32,
    },
    /// A straight line.
    Segment {
        /// Start.
        x1: f32,
        /// Start.
        y1: f32,
        /// End.
        x2: f32,
        /// End.
        y2: f32,
    },
}

/// Shapes that are painted alike.
#[derive(Clone, PartialEq, Debug)]
pub struct Group {
    /// What they stand for.
    pub role: Role,
    /// How they are painted.
    pub paint: Paint,
    /// 0 is invisible, 1 opaque. The future is at 0.3.
    pub alpha: f32,
    /// The shapes.
    pub shapes: Vec<Shape>,
}

/// Which end of a text is at its point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    /// The left one.
    Start,
    /// Its middle.
    Middle,
    /// The right one.
    End,
}

/// The face of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Face {
    /// The system's.
    Plain,
    /// The same, heavier.
    Bold,
    /// For times, IDs and values.
    Mono,
}

/// A line of text, its baseline at `y`.
#[derive(Clone, PartialEq, Debug)]
pub struct Text {
    /// Where.
    pub x: f32,
    /// Where.
    pub y: f32,
    /// What it says.
    pub text: String,
    /// Its colour.
    pub role: Role,
    /// Its size in pixels.
    pub size: f32,
    /// Its face.
    pub face: Face,
    /// Which end is at `x`.
    pub align: Align,
    /// 0 is invisible, 1 opaque.
    pub alpha: f32,
}

/// A picture: groups from back to front, then texts.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct DrawList {
    /// Shapes, from back to front.
    pub groups: Vec<Group>,
    /// Texts, in front of all shapes.
    pub texts: Vec<Text>,
}

impl DrawList {
    /// Adds a shape on top of everything. Shapes that are painted alike and added one after
    /// another share a group.
    pub fn add(&mut self, role: Role, paint: Paint, alpha: f32, shape: Shape) {
        match self.groups.last_mut() {
            Some(last) if (last.role, last.paint, last.alpha) == (role, paint, alpha) => {
                last.shapes.push(shape);
            }
            _ => self.groups.push(Group { role, paint, alpha, shapes: vec![shape] }),
        }
    }

    /// Adds a whole group, unless it is empty.
    pub fn add_all(&mut self, role: Role, paint: Paint, alpha: f32, shapes: Vec<Shape>) {
        if !shapes.is_empty() {
            self.groups.push(Group { role, paint, alpha, shapes });
        }
    }

    /// Adds a text.
    pub fn write(&mut self, text: Text) {
        self.texts.push(text);
    }

    /// The same picture, with its top left corner at this point.
    #[must_use]
    pub fn moved(mut self, right: f32, down: f32) -> Self {
        for shape in self.groups.iter_mut().flat_map(|group| &mut group.shapes) {
            *shape = shape.moved(right, down);
        }
        for text in &mut self.texts {
            text.x += right;
            text.y += down;
        }
        self
    }
}

impl Shape {
    /// The same shape elsewhere.
    #[must_use]
    fn moved(mut self, right: f32, down: f32) -> Self {
        match &mut self {
            Self::Circle { x, y, .. }
            | Self::Pie { x, y, .. }
            | Self::HalfDisc { x, y, .. }
            | Self::Diamond { x, y, .. }
            | Self::Rect { x, y, .. } => {
                *x += right;
                *y += down;
            }
            Self::Segment { x1, y1, x2, y2 } => {
                for x in [x1, x2] {
                    *x += right;
                }
                for y in [y1, y2] {
                    *y += down;
                }
            }
        }
        self
    }
}

/// Something on a picture that can be pointed at.
#[derive(Clone, PartialEq, Debug)]
pub struct Spot<T> {
    /// What it is.
    pub what: T,
    /// Left edge of its box.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width.
    pub w: f32,
    /// Height.
    pub h: f32,
}

impl<T> Spot<T> {
    /// Whether a point is inside, or closer than `margin`.
    #[must_use]
    pub fn holds(&self, x: f32, y: f32, margin: f32) -> bool {
        (self.x - margin..=self.x + self.w + margin).contains(&x)
            && (self.y - margin..=self.y + self.h + margin).contains(&y)
    }
}

/// The width and height of a canvas in CSS pixels.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Size {
    /// Width.
    pub w: f32,
    /// Height.
    pub h: f32,
}
