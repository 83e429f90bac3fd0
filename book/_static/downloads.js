window.guyubDownloads = {};
