import Foundation
import HindsightApp

/// A folder with a configuration file, and what is read from it.
struct ConfigurationFolder: ~Copyable {
    let path: String
    var file: String { "\(path)/hindsight.yaml" }

    init(_ yaml: String) throws { try self.init(bytes: Array(yaml.utf8)) }

    init(bytes: [UInt8]) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "configuration-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(filePath: file))
    }

    deinit {
        // A folder that stays behind harms nobody, and a failing test wants to be read, not hidden by this.
        _ = Swift.Result { try FileManager.default.removeItem(atPath: path) }
    }

    func load(flags: [(String, String)] = [], environment: [String: String] = [:]) throws(ConfigurationError) -> Configuration {
        try Configuration.load(flags: flags.map { (key: $0.0, value: $0.1) }, file: file, environment: environment)
    }

    /// What is wrong, with the folder's path cut off.
    func problems(flags: [(String, String)] = [], environment: [String: String] = [:]) -> [String] {
        do {
            _ = try load(flags: flags, environment: environment)
            return []
        } catch {
            return error.problems.map { $0.replacing("\(path)/", with: "") }
        }
    }
}

extension Configuration {
    func entry(_ key: String) -> Entry? { entries.first { $0.key == key } }

    static func load(_ flags: (String, String)..., environment: [String: String] = [:]) throws(ConfigurationError) -> Configuration {
        try load(flags: flags.map { (key: $0.0, value: $0.1) }, file: nil, environment: environment)
    }

    static func problems(_ flags: (String, String)..., environment: [String: String] = [:]) -> [String] {
        do {
            _ = try load(flags: flags.map { (key: $0.0, value: $0.1) }, file: nil, environment: environment)
            return []
        } catch {
            return error.problems
        }
    }
}
