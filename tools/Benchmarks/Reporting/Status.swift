import Foundation

/// Tells a person who waits how far the run is.
enum Status {
    static func say(_ line: String) {
        FileHandle.standardError.write(Data("\(line)\n".utf8))
    }
}
