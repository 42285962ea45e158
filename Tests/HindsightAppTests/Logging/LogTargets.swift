import Dispatch
import Foundation
import Synchronization
import Testing

/// A file that only this test has.
final class LogFile: Sendable {
    let descriptor: Int32
    private let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "log-\(UUID().uuidString)").path
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// Ends at line breaks only, as a reader of log files does.
    func lines() throws -> [String] {
        let text = try String(decoding: Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        #expect(text.hasSuffix("\n"))
        return text.utf8.split(separator: UInt8(ascii: "\n")).map { String($0) ?? "" }
    }
}

/// A pipe that takes no more than it holds, and is read by a thread of its own, in pieces so small that writers have to wait.
final class FullPipe: Sendable {
    private let pipe = Pipe()
    private let received = Mutex(Data())
    private let end = DispatchSemaphore(value: 0)

    var descriptor: Int32 { pipe.fileHandleForWriting.fileDescriptor }

    init() {
        #expect(fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0)
        Thread.detachNewThread { [self] in
            var bytes = [UInt8](repeating: 0, count: 100)
            while case let count = read(pipe.fileHandleForReading.fileDescriptor, &bytes, bytes.count), count > 0 {
                received.withLock { $0 += bytes[..<count] }
            }
            end.signal()
        }
    }

    /// What came, once nobody writes any more.
    func lines() throws -> [String] {
        try pipe.fileHandleForWriting.close()
        end.wait()
        return received.withLock { $0 }.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }
}
