use crate::messages::time::Time;

pub(super) const TIME: Time = Time {
    at: "at {time}",
    on: "on {date}",
    second: "1 second",
    seconds: "{count} seconds",
    minute: "1 minute",
    minutes: "{count} minutes",
    hour: "1 hour",
    hours: "{count} hours",
};
