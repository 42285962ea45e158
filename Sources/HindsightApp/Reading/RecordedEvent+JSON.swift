package import HindsightCore

extension RecordedEvent {
    /// The event as one line of JSON; `data` and `metadata` are the bytes of the log.
    package func jsonLine(as form: EventJSON.Form = .read) throws(EventLogError) -> String {
        var bytes: [UInt8] = []
        // A copied event has its tags at hand, so nothing of it can be damaged.
        let outcome = lend { event in Result { () throws(EventLogError) in try EventJSON.append(event, as: form, to: &bytes) } }
        try outcome.get()
        return String(decoding: bytes, as: UTF8.self)
    }
}
