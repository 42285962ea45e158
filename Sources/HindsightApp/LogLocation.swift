import Glibc

/// Where a log is, as flags and environment name it.
package struct LogLocation: Sendable, Equatable {
    package let folder: String

    /// The folder that `flag` names, else `HINDSIGHT_LOG`, else `fallback`.
    package init(flag: String?, environment: [String: String], fallback: String = "./hindsight-data") throws(UsageError) {
        let text = flag ?? environment["HINDSIGHT_LOG"] ?? fallback
        let source = flag == nil ? "HINDSIGHT_LOG" : "--log"
        guard !text.isEmpty else { throw UsageError("\(source) is empty: name the folder of the log") }
        guard !text.hasPrefix("postgres://"), !text.hasPrefix("postgresql://") else {
            // The address itself may hold a password, so it is not repeated.
            throw UsageError("\(source): this version keeps logs in folders only, not yet in PostgreSQL: name a folder")
        }
        var path = text[...]
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        folder = String(path)
    }

    /// Whether there is certainly no log; one that can't be looked at may be there.
    package var isMissing: Bool {
        var status = stat()
        return stat("\(folder)/events.sqlite", &status) != 0 && (errno == ENOENT || errno == ENOTDIR)
    }

    /// Refuses to go on where there is no log: a mistyped folder is no reason to make one.
    package func requireLog() throws(NoLog) {
        if isMissing { throw NoLog(folder: folder) }
    }
}

/// A command that needs a log found none.
package struct NoLog: Error, Sendable, Equatable, CustomStringConvertible {
    package let folder: String

    package var description: String {
        "there is no log in \(folder): `hindsight append` or `hindsight demo` makes one, --log names another folder"
    }
}

/// The command was called in a way that can't mean anything: exit code 2.
package struct UsageError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
