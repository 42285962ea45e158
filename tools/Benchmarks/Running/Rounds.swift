/// Runs the parts again and again; in each, the contenders take turns on new databases in the same folder, so that what disturbs the
/// machine disturbs all of them.
struct Rounds {
    let count: Int
    let events: Int
    let parts: [Part]
    let contenders: Contenders

    func run(into record: inout RunRecord) throws {
        if parts.contains(where: \.comparesWritesWithLimit) { try Agreement(contenders: contenders).check() }
        for number in 1...count {
            let watch = Stopwatch()
            var round = RunRecord.Round(load: try Machine.load())
            round.add([try Machine.flushes(in: contenders.folder)], of: .disk, named: "flush")
            try run(in: &round)
            record.rounds.append(round)
            Status.say("round \(number) of \(count): \(Int(watch.seconds)) s, load \(round.load.forReading)")
        }
    }

    private func run(in round: inout RunRecord.Round) throws {
        var isFilled = false
        for part in parts {
            if part.needsLog, !isFilled {
                let fill = try contenders.ours(.fill, log: Part.log, ["--events", "\(events)", "--batch", "1000"])
                round.add(fill, of: .ours, named: "fill")
                isFilled = true
            }
            for step in part.steps(events: events) where step.contender != .peer || contenders.peerIsMissing == nil {
                round.add(try step.measure(contenders), of: step.contender, named: step.name)
            }
        }
        if isFilled { try contenders.folder.remove(Part.log) }
    }
}
