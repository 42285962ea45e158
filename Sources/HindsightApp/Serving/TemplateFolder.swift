import AudienceJobs
import Foundation
import HindsightCore
import HindsightRuntime
import Logging

/// The folder of the templates' files: each is registered once it and its note can be read, and again when it changes.
struct TemplateFolder: Sendable {
    private let path: String
    private let service: AudienceService
    private let logger: Logger
    /// Between two looks at the folder.
    private static let pause = Duration.seconds(2)

    init(_ path: String, service: AudienceService, logger: Logger) {
        self.path = path
        self.service = service
        self.logger = logger
    }

    /// Watches until the task is cancelled; trouble with a file is told once, and tried again.
    func run() async {
        var registered: [String: [UInt8]] = [:]
        var troubles: [String: String] = [:]
        while !Task.isCancelled {
            for file in files(&troubles) {
                guard let content = FileManager.default.contents(atPath: "\(path)/\(file)").map(Array.init), registered[file] != content
                else { continue }
                do {
                    let registration = try await service.register(template: String(decoding: content, as: UTF8.self))
                    registered[file] = content
                    troubles[file] = nil
                    logger.info("template is registered", metadata: ["file": "\(file)", "template": "\(registration.definition.name)"])
                } catch is CancellationError {
                    return
                } catch {
                    tell("\(error)", of: file, &troubles)
                }
            }
            do { try await Task.sleep(for: Self.pause) } catch { return }
        }
    }

    private func files(_ troubles: inout [String: String]) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
                .sorted()
        } catch {
            tell("the folder cannot be read", of: path, &troubles)
            return []
        }
    }

    private func tell(_ trouble: String, of file: String, _ troubles: inout [String: String]) {
        guard troubles[file] != trouble else { return }
        troubles[file] = trouble
        logger.warning("template is not registered yet", metadata: ["file": "\(file)", "error": "\(trouble)"])
    }
}
