import FoundationEssentials
package import HindsightCore
package import HindsightTesting

/// Runs of `saga-torturer` beside this process, which can be stopped and killed.
package enum TourProcesses {
    /// Where the products of the package lie: beside the program that runs.
    private static let products: String = {
        do {
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            return String(own.prefix(through: own.lastIndex(of: "/") ?? own.startIndex))
        } catch {
            preconditionFailure("/proc says where this program lies: \(error)")
        }
    }()

    package static let program = products + "saga-torturer"
    package static let peer = products + "recording-peer"

    package static func start(_ arguments: [String]) throws -> ChildProcess { try ChildProcess(program, arguments) }

    /// All that tours of these numbers do, in the order of each.
    package static func effects(tours: Int, stops: Int) -> [[EffectReference]] {
        (1...tours).map { tour in (1...stops).map { EffectReference(kind: "knock", key: "t\(tour)/stop\($0)") } }
    }

    /// Every effect was done once, and those of a tour one after the other.
    package static func judge(_ journal: PeerJournal, tours: Int, stops: Int) throws {
        let effects = effects(tours: tours, stops: stops)
        var verdict = PeerVerdict(on: journal).nothingTwice().exactlyOnce(effects.joined()).nothingBut(effects.joined())
        for tour in effects { verdict = verdict.inOrder(tour) }
        try verdict.hold()
    }

    /// Runs `body` with a folder that goes when it ends.
    package static func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.path + "/hindsight-tours-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let outcome: Swift.Result<Result, any Error>
        do { outcome = .success(try await body(folder)) } catch { outcome = .failure(error) }
        try FileManager.default.removeItem(atPath: folder)
        return try outcome.get()
    }
}
