import Foundation

/// Programs of others that some tests need.
enum Programs {
    /// Whether a program of this name is in one of the folders of `PATH`.
    static func has(_ name: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
        }
    }

    /// The folder of the project.
    static let project = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized.path
}
