import Foundation

/// Runs `body` with the path of a folder that does not exist yet, and removes it afterwards.
func withTemporaryFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let parent = FileManager.default.temporaryDirectory.appendingPathComponent("hindsight-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
    let outcome: Swift.Result<Result, any Error>
    do { outcome = .success(try await body(parent.appendingPathComponent("log").path)) } catch { outcome = .failure(error) }
    try FileManager.default.removeItem(at: parent)
    return try outcome.get()
}
