import Foundation
package import HindsightCore

/// Keys in files.
package enum KeyFile {
    /// Reads a private key, if nobody but its owner may.
    ///
    /// - Throws: ``KeyFileError``; never with anything out of the file.
    package static func readPrivate(_ path: String) throws(KeyFileError) -> SigningKey {
        let text = try read(path) { (mode: mode_t) throws(KeyFileError) in
            guard mode & 0o077 == 0 else {
                let octal = String(mode & 0o777, radix: 8)
                throw KeyFileError(path: path, reason: "others may read this private key (mode \(octal)): chmod 600 it, or make a new one")
            }
        }
        do { return try SigningKey(pem: text) } catch { throw KeyFileError(path: path, reason: error.reason) }
    }

    package static func readPublic(_ path: String) throws(KeyFileError) -> VerifyingKey {
        let text = try read(path) { (_: mode_t) throws(KeyFileError) in }
        do { return try VerifyingKey(pem: text) } catch { throw KeyFileError(path: path, reason: error.reason) }
    }

    private static let mostBytes = 65_536

    /// - Parameter check: Sees the mode of the file that is then read, and not of another one in its place.
    private static func read(_ path: String, check: (mode_t) throws(KeyFileError) -> Void) throws(KeyFileError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw KeyFileError(path: path, reason: "cannot be opened: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw KeyFileError(path: path, reason: "is no file")
        }
        try check(status.st_mode)
        var bytes = [UInt8](repeating: 0, count: mostBytes)
        let count = Foundation.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw KeyFileError(path: path, reason: "cannot be read: \(String(cString: strerror(errno)))") }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}

/// A key file that cannot be used.
package struct KeyFileError: Error, Sendable, Equatable, CustomStringConvertible {
    package let path: String
    package let reason: String

    package var description: String { "\(path): \(reason)" }
}
