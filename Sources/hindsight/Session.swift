import ArgumentParser
import Foundation
import HindsightApp
import HindsightCore
import Synchronization

/// One call of the program: where its log is, and how it speaks.
struct Session: Sendable {
    private let log: String?
    private let chosenFormat: OutputFormat?

    /// - Parameter options: As they stand before and after the command's name; the first that says something counts.
    init(_ options: [CommonOptions]) {
        log = options.lazy.compactMap(\.log).first
        chosenFormat = options.lazy.compactMap(\.format).first
    }

    /// As asked for, else a table for people and NDJSON for programs.
    var format: OutputFormat { chosenFormat ?? (Terminal.isOutputTerminal ? .table : .ndjson) }

    func location(fallback: String = "./hindsight-data") throws -> LogLocation {
        try LogLocation(flag: log, environment: ProcessInfo.processInfo.environment, fallback: fallback)
    }

    /// - Parameter location: Of the log, where a command's settings name it; as options and environment say for `nil`.
    func open(_ location: LogLocation? = nil, for access: Application.Access) throws -> Application {
        try Application.open(try location ?? self.location(), for: access) { Terminal.warn($0) }
    }

    /// Who acts, for the metadata of what is recorded: an opaque id of the user of this machine, never a name.
    var actor: String { "uid:\(getuid())" }

    /// What is done so far, for the last line if Ctrl-C ends it here.
    static let accomplished = Mutex<String?>(nil)

    func note(_ accomplished: String) { Self.accomplished.withLock { $0 = accomplished } }
}
