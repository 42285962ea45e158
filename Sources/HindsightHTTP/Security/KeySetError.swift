/// Why a file of keys cannot be used, and what to do.
///
/// Says where, and never quotes anything but a key's id: what stands in the wrong member may be a secret.
package struct KeySetError: Error, Sendable, Equatable, CustomStringConvertible {
    package let path: String
    /// The key by its place in the file, counted from 1, and its id where it has a good one; `nil` if it is about the whole file.
    package let key: String?
    package let reason: String

    init(path: String, key: String? = nil, reason: String) {
        (self.path, self.key, self.reason) = (path, key, reason)
    }

    package var description: String { "\(path): \(key.map { "\($0): " } ?? "")\(reason)" }
}

/// Why one key of a set cannot be used.
struct KeyFlaw: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
