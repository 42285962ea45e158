import EventLogSQLite
import FoundationEssentials
package import HindsightCore
import HindsightRuntime
import HindsightTesting

/// Several processes want the same slots of one stream; each slot may go to one of them only.
package enum Contest {
    package static let stream = "contest-1"
    private static let type: EventType = "contest.slot-taken"

    /// Takes `slot` as the event of `version`, on the condition that nobody has taken it.
    package static func claim(slot: Int, by name: String, at version: StreamVersion) throws -> Append {
        let tag = try Tag("slot:\(slot)")
        let event = NewEvent(
            id: EventID(UUID()), type: type, data: try JSONText(object: #"{"slot":\#(slot),"by":"\#(name)","version":\#(version)}"#),
            tags: [tag])
        return Append(
            [StreamWrite([event], to: try StreamName(stream), expecting: .exactly(version - 1))],
            condition: AppendCondition(noneMatching: EventQuery([.init(types: [type], tags: [tag])]), after: 0))
    }

    private struct Claim: Decodable {
        let slot: Int
        let by: String
        let version: StreamVersion
    }

    /// Lets `processes` processes race for `slots` slots, and expects each to be won once, as the winner was told.
    ///
    /// - Parameter fatalLine: Kills the first process once it has said so many lines: what it won last, it may not have been told.
    static func run(processes: Int, slots: Int, killingAt fatalLine: Int?, in folder: String) async throws {
        let children = try (0..<processes).map { try TortureRun.start("compete", folder, "process\($0)", "\(slots)") }
        var wins: [StreamVersion: (slot: Int, by: String)] = [:]
        for (number, child) in children.enumerated() {
            var lines: [String] = []
            let isVictim = number == 0 && fatalLine != nil
            if isVictim, let fatalLine {
                while lines.count < fatalLine, let line = try child.nextLine() { lines.append(line) }
                child.kill()
            }
            lines += try child.remainingLines()
            let end = child.waitForEnd()
            let hasEnded = lines.last == "done" && end == .exited(0)
            try expect(hasEnded || isVictim && end == .killed(signal: 9), "process \(number) ended with \(end): \(lines.last ?? "")")
            for line in lines {
                let words = line.split(separator: " ")
                guard words.first == "won", let slot = Int(words[1]), let version = StreamVersion(words[2]) else { continue }
                try expect(wins[version] == nil, "version \(version) was won twice")
                wins[version] = (slot, "process\(number)")
            }
        }
        let log = try SQLiteEventLog.open(folder: folder, clock: SystemClock())
        var version: StreamVersion = 0
        var taken: Set<Int> = []
        var untold = 0
        for try await event in log.events(EventSelection(EventFilter(stream: try StreamName(stream)))) {
            version += 1
            guard let claim = try event.data?.decoded(as: Claim.self) else { throw Contradiction("version \(version) claims nothing") }
            try expect(claim.version == version && event.version == version, "version \(event.version) was meant for \(claim.version)")
            try expect(taken.insert(claim.slot).inserted, "slot \(claim.slot) is taken twice")
            if let win = wins.removeValue(forKey: version) {
                try expect(win == (claim.slot, claim.by), "version \(version): \(claim) is stored, \(win) was told")
            } else {
                untold += 1
                try expect(fatalLine != nil && claim.by == "process0" && untold == 1, "version \(version) is stored and was won by nobody")
            }
        }
        try expect(taken.count == slots && wins.isEmpty, "\(taken.count) of \(slots) slots stored, \(wins.count) won and not stored")
        let verdict = try await ChainVerifier.verify(log)
        try expect(verdict.verified, "the chain does not hold: \(verdict.reason ?? "")")
        await log.close()
    }
}
