import Foundation
import HindsightHTTP
import Synchronization

/// A folder with a file of keys in it, gone with the test.
final class KeySetFolder: Sendable {
    private let folder: URL

    init() throws {
        folder = URL(filePath: NSTemporaryDirectory()).appending(path: "keys-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        do { try FileManager.default.removeItem(at: folder) } catch { print("\(folder.path) stays: \(error)") }
    }

    var path: String { folder.appending(path: "keys.json").path }

    func write(_ signers: TokenSigner..., mode: Int = 0o600) throws { try write(signers.map(\.jwk), mode: mode) }

    func write(_ keys: [String], mode: Int = 0o600) throws {
        try write(text: #"{"keys":[\#(keys.joined(separator: ","))]}"#, mode: mode)
    }

    /// Puts a whole file in place of the one before, as a careful operator does.
    func write(text: String, mode: Int = 0o600) throws { try write(bytes: Data(text.utf8), mode: mode) }

    func write(bytes: Data, mode: Int = 0o600) throws {
        let next = folder.appending(path: "next-\(UUID().uuidString)").path
        guard FileManager.default.createFile(atPath: next, contents: bytes) else { throw CocoaError(.fileWriteUnknown) }
        try setMode(mode, of: next)
        guard rename(next, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    func setMode(_ mode: Int) throws { try setMode(mode, of: path) }

    private func setMode(_ mode: Int, of path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: NSNumber(value: mode)], ofItemAtPath: path)
    }

    /// Puts a link to the other folder's file in place of what was there; nothing for `nil`.
    func link(to other: KeySetFolder?) throws {
        if unlink(path) != 0, errno != ENOENT { throw CocoaError(.fileWriteUnknown) }
        if let other { try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: other.path) }
    }

    func remove() throws { try FileManager.default.removeItem(atPath: path) }

    /// A set with these keys, read from a file.
    static func keySet(_ signers: TokenSigner...) throws -> KeySet { try keySet(signers) }

    /// A set with a key of each kind.
    static func keySetOfAll() async throws -> KeySet { try keySet(try await TokenSigner.all()) }

    private static func keySet(_ signers: [TokenSigner]) throws -> KeySet {
        let folder = try KeySetFolder()
        try folder.write(signers.map(\.jwk))
        return try KeySet.read(folder.path)
    }
}

/// Both clocks, set by the test.
final class SettableClock: Sendable {
    /// 14 November 2023, 22:13:20 UTC.
    static let start = 1_700_000_000.0

    private let origin = ContinuousClock.now
    private let passed = Mutex(0.0)

    func advance(by seconds: Double) { passed.withLock { $0 += seconds } }

    var now: @Sendable () -> Double { { Self.start + self.passed.withLock { $0 } } }
    var monotonic: @Sendable () -> ContinuousClock.Instant { { self.origin.advanced(by: .seconds(self.passed.withLock { $0 })) } }
}

/// What was said to the operator.
final class Notices: Sendable {
    private let notices = Mutex<[String]>([])

    var hear: @Sendable (String) -> Void { { notice in self.notices.withLock { $0.append(notice) } } }
    var all: [String] { notices.withLock { $0 } }
}
