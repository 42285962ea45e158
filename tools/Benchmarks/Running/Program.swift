import Foundation

/// Where the programs lie that a benchmark runs.
enum Program {
    /// This one.
    static func own() throws -> String { try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") }

    /// Another product of this package: they lie side by side.
    static func product(_ name: String) throws -> String {
        let path = URL(fileURLWithPath: try own()).deletingLastPathComponent().appendingPathComponent(name).path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw BenchmarkFailure("\(path) is missing: swift build -c release --product \(name)")
        }
        return path
    }

    /// What the system has; `nil` where it is not installed.
    static func installed(_ name: String) -> String? {
        let folders = ProcessInfo.processInfo.environment["PATH", default: "/usr/local/bin:/usr/bin:/bin"].split(separator: ":")
        return folders.map { "\($0)/\(name)" }.first(where: FileManager.default.isExecutableFile)
    }
}
