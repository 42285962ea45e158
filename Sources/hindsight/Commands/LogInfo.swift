import ArgumentParser
import HindsightApp
import HindsightCore

extension LogCommand {
    struct Info: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Head, digest, sizes, rates, and how much there is of what.",
            discussion: """
                Numbers out of the index, never a walk through the whole log. Rates are events per second of recorded time, over the minute, \
                hour and day before the last event.
                """)
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: LogCommand

        func run(in session: Session) async throws {
            let summary = try await session.open(for: .reading).summary()
            try Printer.printOne(summary, facts: summary.facts, format: session.format)
        }
    }
}

extension LogSummary {
    private static let mostListed = 20

    fileprivate var facts: [(String, String)] {
        var facts = [
            ("folder", folder), ("engine", "\(engine), format \(format)"), ("head", String(head)), ("streams", String(streams)),
            ("digest", digest), ("first recorded", firstRecordedAt?.description ?? "—"), ("last recorded", recordedAt?.description ?? "—"),
            ("file", "\(fileBytes) bytes, \(freeBytes) of them free; write-ahead log \(walBytes) bytes"),
            ("bytes per event", bytesPerEvent.map(String.init) ?? "—"),
            (
                "events per second",
                "\(rate(eventsPerSecond.lastMinute)) in the last minute, \(rate(eventsPerSecond.lastHour)) hour, \(rate(eventsPerSecond.lastDay)) day"
            ),
        ]
        for count in (categories ?? []).prefix(Self.mostListed) { facts.append(("category \(count.name)", "\(count.events) events")) }
        for count in (types ?? []).prefix(Self.mostListed) { facts.append(("type \(count.name)", "\(count.events) events")) }
        for lease in leases {
            facts.append(("lease \(lease.lease)", "\(lease.holder), epoch \(lease.epoch), until \(lease.expiresAt)"))
        }
        return facts
    }

    private func rate(_ value: Double) -> String { String((value * 100).rounded() / 100) }
}
