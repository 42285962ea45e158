import Foundation

/// Splink, in a process of its own.
struct CustomersPeer {
    let program: String

    init(version: String) { program = WorkFolder.cache.appendingPathComponent("splink-\(version)/bin/python").path }

    var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: program) }

    func measure(_ arguments: [String]) throws -> [Sample] { try process(arguments).samples() }

    /// Writes a Febrl set by the attributes of the profile english-person.
    func write(_ set: Int, to path: String) throws { _ = try process(["febrl-cards", "--set", "\(set)", "--out", path]).printed() }

    private func process(_ arguments: [String]) -> ChildProcess {
        ChildProcess(program: program, arguments: ["-c", String(decoding: PackageResources.peer_splink_py, as: UTF8.self)] + arguments)
    }
}
