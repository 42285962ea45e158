/// Runs the parts again and again; in each, the server and the event log by itself take turns in the same folder.
struct HTTPRounds {
    let count: Int
    /// Of the log that is read.
    let events: Int
    /// How long each load posts.
    let seconds: Int
    let subscribers: Int
    let parts: [HTTPPart]
    let contenders: HTTPContenders

    private static let connections = [1, 16, 128]
    /// The log that is read, an entry of the work folder.
    private static let log = "log"

    func run(into record: inout RunRecord) async throws {
        if parts.contains(.reads) {
            Status.say("filling a log of \(events) events")
            try contenders.ours(.fill, log: Self.log, ["--events", "\(events)", "--batch", "1000"])
        }
        for number in 1...count {
            let watch = Stopwatch()
            var round = RunRecord.Round(load: try Machine.load())
            round.add([try Machine.flushes(in: contenders.folder)], of: .disk, named: "flush")
            for part in parts { try await run(part, in: &round) }
            record.rounds.append(round)
            Status.say("round \(number) of \(count): \(Int(watch.seconds)) s, load \(round.load.forReading)")
        }
    }

    private func run(_ part: HTTPPart, in round: inout RunRecord.Round) async throws {
        switch part {
        case .idle: round.add(try await contenders.idle(), of: .http, named: "idle")
        case .single, .batches:
            for size in part.sizes {
                for connections in Self.connections { try await post(size, on: connections, in: &round) }
            }
        case .reads:
            round.add(try contenders.ours(.scan, log: Self.log, ["--passes", "1"]), of: .ours, named: "scan-owned")
            round.add(try await contenders.read(log: Self.log, events: events), of: .http, named: "read")
        case .live: round.add(try await contenders.live(subscribers: subscribers), of: .http, named: "live")
        }
    }

    /// Over HTTP, then the same calls without it, as many of them.
    private func post(_ size: Int, on connections: Int, in round: inout RunRecord.Round) async throws {
        guard contenders.wrkIsMissing == nil else { return }
        let name = "append-\(size)-by-\(connections)"
        let posted = try await contenders.post(size: size, connections: connections, seconds: seconds)
        round.add([posted], of: .http, named: name)
        round.add(try contenders.oursPost(posted.events, size: size, producers: connections), of: .ours, named: name)
    }
}
