import Foundation
import SQLiteConnection

/// The files of the read models of a folder, for whoever wants to know what another process is at, or to forge rows.
struct ReadModelFiles {
    private let directory: String

    init(of folder: borrowing CommandLineFolder) { directory = folder.url.appending(path: "hindsight-data/read-models").path }

    struct Generation: Equatable {
        let number: Int64
        let checkpoint: Int64
    }

    struct TooLate: Error, CustomStringConvertible {
        let description: String
    }

    /// The generation that is being built; `nil` if there is none.
    func building(_ projection: String) throws -> Generation? {
        let number = try Connection(path: "\(directory)/catalog.sqlite", mode: .readOnly)
            .integer("SELECT number FROM generations WHERE projection = ? AND status = 'building'", .text(projection))
        guard let number else { return nil }
        return Generation(number: number, checkpoint: try file(number).integer("SELECT checkpoint FROM state") ?? 0)
    }

    /// Waits until a part of the log has been folded into a generation that is being built.
    func midst(of projection: String, within patience: Duration = .seconds(60)) async throws -> Generation {
        let end = ContinuousClock.now + patience
        while ContinuousClock.now < end {
            // The file comes and goes beside its entry in the catalog.
            if case .success(let found?) = Result(catching: { try building(projection) }), found.checkpoint > 0 { return found }
            await Task.yield()
        }
        throw TooLate(description: "no rebuild of \(projection) was seen in its midst")
    }

    /// Writes another title into a row that serves.
    func forge(_ key: String, of projection: String) throws {
        let number = try Connection(path: "\(directory)/catalog.sqlite", mode: .readOnly)
            .integer("SELECT number FROM generations WHERE projection = ? AND status = 'serving'", .text(projection))
        guard let number else { throw TooLate(description: "nothing serves \(projection)") }
        try file(number, .readWrite).run(
            "UPDATE rows SET body = json_set(body, '$.title', 'Forged') WHERE key = ?", .text(key))
    }

    private func file(_ number: Int64, _ mode: Connection.Mode = .readOnly) throws -> Connection {
        try Connection(path: "\(directory)/generation-\(number).sqlite", mode: mode)
    }
}
