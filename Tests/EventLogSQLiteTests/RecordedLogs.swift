import Foundation
import SQLiteConnection

/// A log that an earlier program recorded: see Logs/.
enum RecordedLog {
    static let head: Int64 = 1_100

    /// Makes `events.sqlite` in `folder` as it was.
    static func restore(format: Int, in folder: String) throws {
        let file = Bundle.module.bundleURL.appendingPathComponent("Logs/format-\(format).sql")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let connection = try Connection(path: "\(folder)/events.sqlite", mode: .create)
        defer { connection.close() }
        try connection.execute(String(decoding: Data(contentsOf: file), as: UTF8.self))
    }
}

/// Changes the file as someone would who can write it: the triggers that stand in the way are dropped first, and made again afterwards.
func changingHistory(of folder: String, _ change: (Connection) throws -> Void) throws {
    let raw = try rawConnection(folder)
    defer { raw.close() }
    try raw.execute("PRAGMA ignore_check_constraints = ON")
    var triggers: [(name: String, sql: String)] = []
    try raw.statement("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").forEach([]) { row in
        triggers.append((row.text(0), row.text(1)))
        return true
    }
    for trigger in triggers { try raw.execute("DROP TRIGGER \(trigger.name)") }
    try change(raw)
    for trigger in triggers { try raw.execute(trigger.sql) }
}
