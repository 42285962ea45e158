import Foundation
import Testing

@Suite("Command line: what managers do to jobs") struct JobActCommandTests {
    private static let form = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../Examples/Inputs/audience-by-purchases.form.json").standardized.path

    @Test("A job that waits is cancelled for good, and what can't be done to it is one line") func cancel() async throws {
        let folder = try CommandLineFolder()
        let requested = try await folder.hindsight("audience", "run", Self.form)
        #expect(requested.code == 0, "\(requested.errors)")
        let id = try #require(requested.output.split(separator: "\"id\":\"").last?.prefix(36)).description
        #expect(try await folder.hindsight("audience", "cancel", id).code == 2)
        let cancelled = try await folder.hindsight("audience", "cancel", id, "--reason", "a slip", "--format", "table")
        #expect(cancelled.code == 0, "\(cancelled.errors)")
        #expect(cancelled.lines.contains { $0.hasPrefix("status") && $0.hasSuffix("cancelled") }, "\(cancelled.output)")
        #expect(cancelled.lines.contains { $0.hasPrefix("reason") && $0.contains(": a slip") }, "\(cancelled.output)")
        let refusals = [
            ("cancel \(id) --reason again", "cancelled already"), ("retry \(id)", "only one that failed can be retried"),
            ("approve \(id)", "waits for nobody's approval"), ("reject \(id) --reason no", "waits for nobody's approval"),
            ("retry 00000000-0000-4000-8000-000000000000", "there is no job"),
        ]
        for (act, complaint) in refusals {
            let refused = try await folder.shell("$HINDSIGHT audience \(act)")
            #expect(refused.code == 1 && refused.isOneLineOfError && refused.errors.contains(complaint), "\(act): \(refused.errors)")
        }
        let shown = try await folder.hindsight("audience", "list", "--format", "table")
        #expect(shown.lines.contains { $0.contains(id) && $0.contains("cancelled") })
    }
}
