import Foundation
import HindsightApp
import HindsightCore
import HindsightTesting

/// A log of many offers: folding it takes long enough to be looked at.
enum ManyOffers {
    static func write(_ count: Int, in folder: borrowing CommandLineFolder) async throws {
        let location = try LogLocation(flag: folder.url.appending(path: "hindsight-data").path, environment: [:], fallback: "")
        let application = try Application.open(location, for: .writing) { _ in }
        let identities = SeededIdentities(seed: "offers")
        for start in stride(from: 0, to: count, by: 5_000) {
            let writes = try (start..<min(start + 5_000, count)).map { number in
                let stream = try StreamName("offer-o\(number)")
                let event = NewEvent(
                    id: identities.eventID(in: stream, version: 1, at: Timestamp(microsecondsSince1970: 0)),
                    type: "audience-jobs.offer-declared",
                    data: try JSONText(object: #"{"at":"2026-01-01T00:00:00Z","offer":"o\#(number)"}"#))
                return StreamWrite([event], to: stream)
            }
            _ = try await application.log.append(Append(writes))
        }
        await application.close()
    }
}
