import EventLogSQLite
import FoundationEssentials
import HindsightCore
import HindsightRuntime

/// The files of a log, copied one after the other while it is written, as `cp` would: no backup, but people do it.
///
/// What is promised of such a copy: it opens as the log of some moment (the chain holds, every index agrees, and the events are a prefix
/// of the original's), or the log or SQLite's integrity check says that it is damaged. Never the chain alone: a copy can hold a sound
/// table of events beside an index that is older or younger.
package struct CopiedFiles {
    /// What a copy came to.
    package enum Outcome: String, Sendable {
        /// The log as it was at some moment.
        case prefix
        /// Opening or reading it, or its chain, says so.
        case damaged
        /// Chain and events are those of some moment; an index is not, which SQLite's integrity check finds.
        case indexDamaged
    }

    let original: String
    let copy: String

    /// Copies a file as it is now; one that is not there is left out.
    func take(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        do {
            try Data(contentsOf: URL(filePath: "\(original)/\(name)")).write(to: URL(filePath: "\(copy)/\(name)"))
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            return
        }
    }

    /// Opens the copy and holds it against the original, which has gone on since.
    func expectNothingSilentlyWrong() async throws -> Outcome {
        let events: [RecordedEvent]
        let damage: Bool
        do {
            (events, damage) = try await read(copy)
        } catch let error as EventLogError {
            switch error {
            case .damaged, .unavailable, .unsupportedFormat: return .damaged
            default: throw error
            }
        }
        do {
            try Inspection(folder: copy).expectSoundFile()
        } catch {
            return damage ? .damaged : .indexDamaged
        }
        guard !damage else { return .damaged }
        let all = try await read(original).events
        try expect(all.starts(with: events), "a copy of \(events.count) events is sound, and no beginning of the original")
        return .prefix
    }

    private func read(_ folder: String) async throws -> (events: [RecordedEvent], isDamaged: Bool) {
        let log = try SQLiteEventLog.open(folder: folder, clock: SystemClock())
        do {
            let isSound = try await ChainVerifier.verify(log).verified
            var events: [RecordedEvent] = []
            if isSound { for try await event in log.events(EventSelection()) { events.append(event) } }
            await log.close()
            return (events, !isSound)
        } catch {
            await log.close()
            throw error
        }
    }
}
