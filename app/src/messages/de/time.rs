use crate::messages::time::Time;

pub(super) const TIME: Time = Time {
    at: "um {time}\u{a0}Uhr",
    on: "am {date}\u{a0}Uhr",
    second: "1\u{a0}Sekunde",
    seconds: "{count}\u{a0}Sekunden",
    minute: "1\u{a0}Minute",
    minutes: "{count}\u{a0}Minuten",
    hour: "1\u{a0}Stunde",
    hours: "{count}\u{a0}Stunden",
};
