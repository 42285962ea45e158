import AudienceJobs
import Foundation
import Glibc
package import ZeppelinAdapter

/// What the settings say about the notebook, for every command that works with it.
extension Configuration.Audience {
    /// A client of the notebook; `nil` where none is configured. Close it at the end.
    ///
    /// - Throws: ``UsageError`` that names the setting; `ZeppelinError.badAddress`.
    package func makeZeppelinClient() throws -> ZeppelinClient? {
        guard let zeppelin else { return nil }
        try checkSharedDirectory()
        return try ZeppelinClient(address: zeppelin.url, credentials: try zeppelin.readCredentials())
    }

    /// Refuses a folder in which no job's file could ever be found, before the first job runs for hours and fails by it.
    private func checkSharedDirectory() throws(UsageError) {
        guard let path = sharedDirectory else { return }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue, access(path, R_OK | X_OK) == 0
        else {
            throw UsageError("audience.sharedDirectory: \(path) is no folder that this program can read: make it, or mount it, first")
        }
    }

    /// How jobs are run.
    ///
    /// - Parameter fallback: Where notebooks leave their files, unless the settings say it.
    func serviceSettings(sharedDirectory fallback: String) -> AudienceService.Settings {
        var performing = ZeppelinPerformer.Settings()
        performing.permissions = NotePermissions(
            owners: permissions.owners ?? [], readers: permissions.readers ?? [], runners: permissions.runners ?? [],
            writers: permissions.writers ?? [])
        performing.limits.pending = limits.pending
        performing.limits.running = limits.running
        performing.limits.firstPoll = limits.poll
        return AudienceService.Settings(
            root: root, sharedDirectory: sharedDirectory ?? fallback, zeppelin: performing, channels: notices.channels,
            approvalRows: limits.approvalRows)
    }
}

extension Configuration.Audience.Zeppelin {
    fileprivate func readCredentials() throws(UsageError) -> ZeppelinCredentials? {
        guard let credentials else { return nil }
        do throws(UnreadableCredentials) {
            return try ZeppelinCredentials(file: credentials)
        } catch {
            throw UsageError("audience.zeppelin.credentials: \(error)")
        }
    }
}
