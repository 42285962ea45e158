/// Cost against size: the same appends and filtered reads on a log of many million events and on one of 100,000.
struct LargeLog {
    let events: Int
    let rounds: Int
    let contenders: Contenders

    static let smallEvents = 100_000
    private static let small = "small"
    private static let large = "large"
    /// An event with its share of every table and index takes less than 800 bytes; the rest is for the write-ahead log.
    private static let bytesPerEvent = 900
    private static let spareBytes = 2 << 30

    /// Skips itself, and says so, where the disk has not room enough.
    func compare(into record: inout RunRecord) throws {
        let needed = (events + Self.smallEvents) * Self.bytesPerEvent + Self.spareBytes
        let free = try contenders.folder.freeBytes()
        guard free >= needed else {
            return record.skip("the log of \(events) events: it needs \(needed >> 20) MiB, and \(free >> 20) MiB are free")
        }
        Status.say("filling a log of \(events) events")
        var fill = RunRecord.Round(load: try Machine.load())
        fill.add(try fillLog(Self.large, with: events), of: .large, named: "fill")
        record.rounds.append(fill)
        for number in 1...rounds {
            let watch = Stopwatch()
            var round = RunRecord.Round(load: try Machine.load())
            // The small log is made anew each time, so that it stays small; to the large one the appends of the rounds are nothing.
            round.add(try fillLog(Self.small, with: Self.smallEvents), of: .small, named: "fill")
            let compared = try contenders.ours(
                .sizes, log: Self.small, ["--large", contenders.folder.entry(Self.large), "--passes", "50"])
            round.add(compared, of: .ours, named: "sizes")
            try contenders.folder.remove(Self.small)
            record.rounds.append(round)
            Status.say("large round \(number) of \(rounds): \(Int(watch.seconds)) s, load \(round.load.forReading)")
        }
        var replay = RunRecord.Round(load: try Machine.load())
        replay.add(try contenders.ours(.replay, log: Self.large), of: .large, named: "replay")
        record.rounds.append(replay)
        try contenders.folder.remove(Self.large)
    }

    private func fillLog(_ log: String, with events: Int) throws -> [Sample] {
        try contenders.ours(.fill, log: log, ["--events", "\(events)", "--batch", "5000"])
    }
}
